// What a stream is doing, and how it has ended.

/// What a stream is doing.
enum Phase {
    /// Its first bytes do not show the framing yet.
    case detectingFraming
    /// Its events do not show the format yet; they are buffered.
    case detectingFormat
    case reading
    /// Nothing more is read.
    case over(Ending)
}

/// Why nothing more of a stream is read.
enum Ending {
    /// The input has ended.
    case ended
    /// A reader was dropped before the end of its chunk.
    case abandoned
    /// An error has ended the stream; `atEnd` says whether the input had ended before.
    indirect case failed(SluiceError, atEnd: Bool)
}

extension Ending? {
    var isAbandoned: Bool {
        if case .abandoned? = self { return true }
        return false
    }

    var hasEnded: Bool {
        if case .ended? = self { return true }
        return false
    }

    var failure: SluiceError? {
        @inline(__always) get {
            if case .failed(let error, _)? = self { return error }
            return nil
        }
    }

    var hasFailed: Bool {
        @inline(__always) get {
            if case .failed? = self { return true }
            return false
        }
    }
}
