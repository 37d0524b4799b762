// Users of SluiceKit have JSON in pieces with it.
@_exported public import SluiceJSON
