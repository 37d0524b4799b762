// The state of a framer between two frames, before the first byte of the next. The rest of the framer is then in its initial
// state, so a framer can serve one stream after another.

struct FramerRest {
    var opening = StreamOpening.start
    /// SSE: if the next byte is a line feed, it belongs to the carriage return before it.
    var swallowsLineFeed = false
    /// A problem that is reported only once was reported: a stray error (SSE), bytes between frames (JSON array), a
    /// damaged prelude (AWS).
    var hasReported = false
    /// SSE: the counts of ignored lines, and of known lines without data.
    var ignoredLines: UInt64 = 0
    var knownLines: UInt64 = 0
    /// JSON array: arrays that began, and that ended.
    var openedArrays: UInt64 = 0
    var closedArrays: UInt64 = 0

    /// Whether lines without data or empty arrays were received: if there was no event, nothing else was.
    var hasQuietLines: Bool { knownLines > 0 || closedArrays > 0 && closedArrays == openedArrays }
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

    /// Drops the last event ID, which deltas do not have, and frees buffers that are larger than `bytes`.
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
    var isAtRest: Bool { frameStart == 0 && gapStart == 0 && !isInFrame && !isSkipping && quiet.isBetween }

    var rest: FramerRest {
        get {
            FramerRest(
                opening: isAtStreamStart ? .start : .over, hasReported: reportedGap, openedArrays: openedArrays,
                closedArrays: closedArrays)
        }
        set {
            isAtStreamStart = newValue.opening == .start
            reportedGap = newValue.hasReported
            openedArrays = newValue.openedArrays
            closedArrays = newValue.closedArrays
        }
    }
}

extension AWSEventStreamFramer {
    var isAtRest: Bool { frameStart == 0 && skipRemaining == 0 }

    var rest: FramerRest {
        get { FramerRest(hasReported: isResyncing) }
        set {
            isResyncing = newValue.hasReported
            // The previous stream may have ended after a prelude.
            hasPrelude = false
        }
    }
}
