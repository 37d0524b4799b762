// One JSON document per line. LF ends a line, a CR before it is removed, blank lines are ignored, and the last line needs no
// line feed. A byte order mark at the start of the stream is skipped.

struct NDJSONFramer {
    private(set) var frameStart = 0
    private(set) var isSkipping = false
    var isAtStreamStart = true

    mutating func next(_ input: inout Input, _ scanner: inout Scanner, limit: Int) -> FrameStep {
        while let mark = input.nextMark(&scanner, .lineFeeds) {
            if isSkipping {
                isSkipping = false
                frameStart = mark + 1
                continue
            }
            if mark + 1 - frameStart > limit {
                let problem = FrameProblem(.eventTooLarge, at: frameStart, limit: limit, &input)
                frameStart = input.release(upTo: mark + 1)
                isAtStreamStart = false
                return input.found(problem)
            }
            guard input.hold(upTo: mark + 1) else { return skipUnfinished(&input, .outOfMemory, limit: limit) }
            if let frame = line(to: mark, next: mark + 1, &input) { return input.found(frame) }
        }
        return .needMore
    }

    /// The following bytes are not the start of the stream.
    mutating func resume() { isAtStreamStart = false }

    /// The position where a line begins; nil if a part of it was read.
    var boundary: Int? {
        @inline(__always) get { isSkipping || isAtStreamStart ? nil : frameStart }
    }

    /// Lines before `position` were read without the framer; the next line begins there.
    mutating func jump(to position: Int) { frameStart = position }

    private mutating func line(to lineEnd: Int, next: Int, _ input: inout Input) -> RawFrame? {
        var start = frameStart
        var end = lineEnd
        let window = input.window
        if isAtStreamStart {
            isAtStreamStart = false
            if end - start >= 3 && window.word(at: start, upTo: start + 3) == 0xBF_BBEF { start += 3 }
        }
        if end > start && window[end - 1] == 0x0D { end -= 1 }
        var frame = RawFrame()
        frame.offset = input.streamOffset(of: frameStart)
        frame.payload = Slice(region: input.region, offset: start, length: end - start)
        let isBlank = (start..<end).allSatisfy { window[$0] == 0x20 || window[$0] == 0x09 }
        frameStart = input.release(upTo: next)
        return isBlank ? nil : frame
    }

    mutating func finish(_ input: inout Input, flush: Bool) -> FrameStep {
        let end = input.end
        guard flush, !isSkipping, end > frameStart else { return .needMore }
        guard input.hold(upTo: end) else { return skipUnfinished(&input, .outOfMemory, limit: 64) }
        guard var frame = line(to: end, next: end, &input) else { return .needMore }
        frame.isUnterminated = true
        return input.found(frame)
    }

    func hasUnfinishedEvent(_ input: borrowing Input) -> Bool {
        isSkipping || input.end > frameStart
    }

    mutating func skipUnfinished(_ input: inout Input, _ code: SluiceError.Code, limit: Int) -> FrameStep {
        let problem = FrameProblem(code, at: frameStart, limit: limit, &input)
        isSkipping = true
        isAtStreamStart = false
        frameStart = input.release(upTo: input.end)
        return input.found(problem)
    }

    mutating func rebase(to origin: Int) {
        frameStart -= origin
    }
}
