// A JSON array of objects, or concatenated objects: each object at the top, or at the array's first level, is a frame. The
// framer reads only brackets, quotes and backslashes; it does not check whether the object is JSON. Between frames only white
// space, commas and the array's own brackets are allowed; anything else is reported once.

struct JSONArrayFramer {
    private(set) var frameStart = 0
    private var depth = 0
    private var isInString = false
    private var escapedPosition = -1
    private(set) var gapStart = 0
    var reportedGap = false
    private(set) var isSkipping = false
    var isAtStreamStart = true

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
        let step = checkGap(upTo: mark, &input)
        isAtStreamStart = false
        let mark = input.release(upTo: mark)
        gapStart = mark + 1
        frameStart = mark
        if byte == 0x7B {
            depth = 1
            reportedGap = false
            return step
        }
        let isArrayBracket = byte == 0x5B || byte == 0x5D
        let problem = isArrayBracket ? nil : stray(at: mark, &input)
        frameStart = mark + 1
        return step ?? problem
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
            let byte = window[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 || byte == 0x2C else {
                return stray(at: position, &input)
            }
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
        if !isInFrame, input.hold(upTo: input.end), let step = checkGap(upTo: input.end, &input) {
            gapStart = input.end
            return step
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
