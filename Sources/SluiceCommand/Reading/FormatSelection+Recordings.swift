import Sluice

extension FormatSelection {
    /// The same format, with the framing of a recording in place of one to be detected.
    func of(_ source: StreamSource) -> FormatSelection {
        guard detectsFraming, var format, let framing = source.framing else { return self }
        format.framing = framing
        return FormatSelection(format: format, detectsFraming: false, textPaths: textPaths)
    }
}
