// A JSON array of objects, or concatenated objects: each object at the top, or at the array's first level, is a frame. The
// framer reads only brackets, quotes and backslashes; it does not check whether the object is JSON. Between frames only white
// space, commas, the array's own brackets and elements that carry nothing are allowed; anything else is reported once.

/// Elements that carry nothing: `null`, `0` and `""`, read byte by byte, so that they may be cut anywhere.
struct QuietElement {
    private static let isRead: UInt8 = 4
    private static let isQuote: UInt8 = 5
    /// Letters of `null` that were read, or one of the above.
    private var state: UInt8 = 0

    /// Whether an element or a separator goes on with that byte.
    mutating func take(_ byte: UInt8) -> Bool {
        switch (state, byte) {
        case (0, 0x20), (0, 0x0A), (0, 0x0D), (0, 0x09), (0, 0x2C): break
        case (Self.isRead, 0x20), (Self.isRead, 0x0A), (Self.isRead, 0x0D), (Self.isRead, 0x09), (Self.isRead, 0x2C):
            state = 0
        case (0, 0x6E), (1, 0x75), (2, 0x6C), (3, 0x6C): state += 1
        case (0, 0x30), (Self.isQuote, 0x22): state = Self.isRead
        case (0, 0x22): state = Self.isQuote
        default: return false
        }
        return true
    }

    var isBetween: Bool { state == 0 }

    /// Whether it may end here; the next one begins.
    mutating func end() -> Bool {
        defer { state = 0 }
        return state == 0 || state == Self.isRead
    }
}

struct JSONArrayFramer {
    private(set) var frameStart = 0
    private var depth = 0
    private var isInString = false
    private var escapedPosition = -1
    private(set) var gapStart = 0
    var reportedGap = false
    private(set) var isSkipping = false
    var isAtStreamStart = true
    private(set) var quiet = QuietElement()
    var openedArrays: UInt64 = 0
    var closedArrays: UInt64 = 0

    var isInFrame: Bool { depth > 0 }

    mutating func next(_ input: inout Input, _ scanner: inout Scanner, limit: Int) -> FrameStep {
        while let mark = input.nextMark(&scanner, .brackets) {
            let byte = input.chunkByte(at: mark)
            if isInFrame && !isSkipping && mark + 1 - frameStart > limit {
                let problem = FrameProblem(.eventTooLarge, at: frameStart, limit: limit, &input)
                isSkipping = true
                let shifted = input.release(upTo: mark)
                escapedPosition += shifted - mark
                _ = take(byte, at: shifted)
                if depth == 0 { endSkip(at: shifted + 1) }
                return input.found(problem)
            }
            if isInFrame {
                if take(byte, at: mark), let step = endFrame(at: mark + 1, &input) { return step }
            } else if let step = between(byte, at: mark, &input) {
                return step
            }
        }
        return endOfChunk(&input)
    }

    /// Processes one delimiter inside a frame; returns true if it closes the frame.
    private mutating func take(_ byte: UInt8, at position: Int) -> Bool {
        if position == escapedPosition { return false }
        if isInString {
            if byte == 0x5C { escapedPosition = position + 1 } else if byte == 0x22 { isInString = false }
            return false
        }
        switch byte {
        case 0x22: isInString = true
        case 0x7B, 0x5B: depth += 1
        case 0x7D, 0x5D:
            depth -= 1
            return depth == 0
        default: break
        }
        return false
    }

    private mutating func endFrame(at end: Int, _ input: inout Input) -> FrameStep? {
        if isSkipping {
            endSkip(at: end)
            return nil
        }
        guard input.hold(upTo: end) else { return skipUnfinished(&input, .outOfMemory, limit: 64) }
        var frame = RawFrame()
        frame.offset = input.streamOffset(of: frameStart)
        frame.payload = Slice(region: input.region, offset: frameStart, length: end - frameStart)
        frameStart = input.release(upTo: end)
        gapStart = frameStart
        escapedPosition = -1
        return input.found(frame)
    }

    private mutating func endSkip(at end: Int) {
        isSkipping = false
        frameStart = end
        gapStart = end
        escapedPosition = -1
    }

    /// Processes a delimiter outside of frames: the beginning of an object, or the array's own bracket.
    private mutating func between(_ byte: UInt8, at mark: Int, _ input: inout Input) -> FrameStep? {
        guard input.hold(upTo: mark) else { return skipUnfinished(&input, .outOfMemory, limit: 64) }
        let gap = checkGap(upTo: mark, &input)
        isAtStreamStart = false
        let mark = input.release(upTo: mark)
        gapStart = mark + 1
        frameStart = mark
        if byte == 0x5B { openedArrays += 1 }
        if byte == 0x5D { closedArrays += 1 }
        let isBracket = byte == 0x7B || byte == 0x5B || byte == 0x5D
        let isQuiet = isBracket ? quiet.end() : quiet.take(byte)
        let step = gap ?? (isQuiet ? nil : stray(at: mark, &input))
        frameStart = mark + 1
        if byte == 0x7B {
            frameStart = mark
            depth = 1
            reportedGap = false
        }
        return step
    }

    private mutating func endOfChunk(_ input: inout Input) -> FrameStep {
        guard !isInFrame, input.hold(upTo: input.end), !mayBeByteOrderMark(input) else { return .needMore }
        let step = checkGap(upTo: input.end, &input)
        gapStart = input.end
        frameStart = input.end
        return step ?? .needMore
    }

    /// The stream has begun with one or two bytes of a byte order mark; the next byte decides.
    private func mayBeByteOrderMark(_ input: borrowing Input) -> Bool {
        let count = input.end - gapStart
        guard isAtStreamStart, count == 1 || count == 2 else { return false }
        let word = input.window.word(at: gapStart, upTo: input.end)
        return word == (count == 1 ? 0xEF : 0xBBEF)
    }

    private mutating func checkGap(upTo end: Int, _ input: inout Input) -> FrameStep? {
        var position = gapStart
        let window = input.window
        if isAtStreamStart && end > position {
            isAtStreamStart = false
            if end - position >= 3 && window.word(at: position, upTo: position + 3) == 0xBF_BBEF { position += 3 }
        }
        while position < end {
            guard quiet.take(window[position]) else { return stray(at: position, &input) }
            position += 1
        }
        return nil
    }

    private mutating func stray(at position: Int, _ input: inout Input) -> FrameStep? {
        if reportedGap { return nil }
        reportedGap = true
        return input.found(FrameProblem(.malformedPayload, at: position, limit: 1, &input))
    }

    mutating func finish(_ input: inout Input, flush: Bool) -> FrameStep {
        if !isInFrame, input.hold(upTo: input.end) {
            let gap = checkGap(upTo: input.end, &input)
            gapStart = input.end
            if let step = gap ?? (quiet.end() ? nil : stray(at: input.end, &input)) { return step }
        }
        guard flush, isInFrame, !isSkipping, input.end > frameStart else { return .needMore }
        // The framer may read another stream next.
        depth = 0
        isInString = false
        guard case .frame? = endFrame(at: input.end, &input) else { return .needMore }
        input.frame.isUnterminated = true
        return .frame
    }

    func hasUnfinishedEvent(_ input: borrowing Input) -> Bool { isInFrame }

    mutating func skipUnfinished(_ input: inout Input, _ code: SluiceError.Code, limit: Int) -> FrameStep {
        let problem = FrameProblem(code, at: frameStart, limit: limit, &input)
        isSkipping = true
        let end = input.end
        let shifted = input.release(upTo: end)
        escapedPosition += shifted - end
        frameStart = shifted
        return input.found(problem)
    }

    mutating func rebase(to origin: Int) {
        frameStart -= origin
        gapStart -= origin
        escapedPosition -= origin
    }
}
