// What a framer remembers between two frames, when nothing of the next has come. All else about it is then as it was at
// first, so a framer can serve one stream after the other.

struct FramerRest {
    var opening = StreamOpening.start
    /// SSE: a line feed that comes next belongs to the carriage return before it.
    var swallowsLineFeed = false
    /// What is reported once has been: a stray error (SSE), a gap (JSON array), the loss of the prelude (AWS).
    var hasReported = false
    /// SSE: lines that mean nothing, and those that mean something but make no event.
    var ignoredLines: UInt64 = 0
    var knownLines: UInt64 = 0
}

extension SSEFramer {
    var isAtRest: Bool {
        frameStart == 0 && lineStart == 0 && dataLines == 0 && eventLength == 0 && retryMilliseconds < 0
            && !hasNewID && !isSkipping && lineProblem == nil
    }

    var rest: FramerRest {
        get {
            FramerRest(
                opening: opening, swallowsLineFeed: swallowsLineFeed, hasReported: reportedStrayError,
                ignoredLines: ignoredLines, knownLines: knownLines)
        }
        set {
            opening = newValue.opening
            swallowsLineFeed = newValue.swallowsLineFeed
            reportedStrayError = newValue.hasReported
            ignoredLines = newValue.ignoredLines
            knownLines = newValue.knownLines
        }
    }

    /// Forgets the last event ID, which deltas do not tell, and gives back what is more than `bytes` of each buffer.
    mutating func trim(to bytes: Int) {
        idBuffer.removeAll()
        lastID.removeAll()
        joined.removeAll()
        idBuffer.trim(to: bytes)
        lastID.trim(to: bytes)
        joined.trim(to: bytes)
    }
}

extension NDJSONFramer {
    var isAtRest: Bool { frameStart == 0 && !isSkipping }

    var rest: FramerRest {
        get { FramerRest(opening: isAtStreamStart ? .start : .over) }
        set { isAtStreamStart = newValue.opening == .start }
    }
}

extension JSONArrayFramer {
    var isAtRest: Bool { frameStart == 0 && gapStart == 0 && !isInFrame && !isSkipping }

    var rest: FramerRest {
        get { FramerRest(opening: isAtStreamStart ? .start : .over, hasReported: reportedGap) }
        set {
            isAtStreamStart = newValue.opening == .start
            reportedGap = newValue.hasReported
        }
    }
}

extension AWSEventStreamFramer {
    var isAtRest: Bool { frameStart == 0 && skipRemaining == 0 }

    var rest: FramerRest {
        get { FramerRest(hasReported: isResyncing) }
        set {
            isResyncing = newValue.hasReported
            // The stream before may have ended behind a prelude.
            hasPrelude = false
        }
    }
}
