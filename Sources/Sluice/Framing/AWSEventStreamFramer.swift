// The AWS event stream, a binary format, big-endian:
//
//     total length 4 | headers length 4 | CRC of these 8 | headers | payload | CRC of all before
//
// Both checksums are verified. A message with a wrong checksum is skipped and reported. The lengths in a prelude with a wrong
// checksum are not trusted: the framer then searches byte by byte for the next valid prelude, and reports the damage once.
// https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html#streaming-event-stream

struct AWSEventStreamFramer {
    private static var preludeBytes: Int { 12 }
    private static var leastBytes: Int { 16 }

    private(set) var frameStart = 0
    private(set) var skipRemaining = 0
    var isResyncing = false
    var maxNameBytes = Int.max
    /// The prelude at `frameStart` was verified: it is not verified again for each chunk.
    var hasPrelude = false
    /// Bytes whose checksum was computed.
    private(set) var looks: UInt64 = 0

    mutating func next(_ input: inout Input, limit: Int) -> FrameStep {
        while true {
            if skipRemaining > 0 {
                let skipped = min(skipRemaining, input.end - frameStart)
                skipRemaining -= skipped
                frameStart = input.release(upTo: frameStart + skipped)
                if skipRemaining > 0 { return .needMore }
            }
            guard input.end - frameStart >= Self.preludeBytes else { return .needMore }
            guard input.hold(upTo: frameStart + Self.preludeBytes) else {
                return skipUnfinished(&input, .outOfMemory, limit: limit)
            }
            let total = Int(big32(input.window, frameStart))
            let headers = Int(big32(input.window, frameStart + 4))
            guard hasPrelude || isPrelude(total: total, headers: headers, input.window) else {
                if let step = resync(&input) { return step }
                continue
            }
            isResyncing = false
            hasPrelude = true
            if total > limit { return skipUnfinished(&input, .eventTooLarge, limit: limit, total: total) }
            guard input.end - frameStart >= total else { return .needMore }
            guard input.hold(upTo: frameStart + total) else {
                return skipUnfinished(&input, .outOfMemory, limit: limit, total: total)
            }
            return message(total: total, headers: headers, &input)
        }
    }

    private mutating func isPrelude(total: Int, headers: Int, _ window: Window) -> Bool {
        guard total >= Self.leastBytes && headers <= total - Self.leastBytes else { return false }
        looks += 8
        return checksum(window, frameStart, 8) == big32(window, frameStart + 8)
    }

    private mutating func resync(_ input: inout Input) -> FrameStep? {
        let problem = FrameProblem(.checksumMismatch, at: frameStart, limit: Self.preludeBytes, &input)
        let wasResyncing = isResyncing
        isResyncing = true
        frameStart = input.releaseCarried(upTo: frameStart + 1)
        return wasResyncing ? nil : input.found(problem)
    }

    private mutating func message(total: Int, headers: Int, _ input: inout Input) -> FrameStep {
        let start = frameStart
        let window = input.window
        let isSound = checksum(window, start, total - 4) == big32(window, start + total - 4)
        looks += UInt64(total - 4)
        hasPrelude = false
        guard isSound else {
            let problem = FrameProblem(.checksumMismatch, at: start, limit: total, &input)
            frameStart = input.release(upTo: start + total)
            return input.found(problem)
        }
        var frame = RawFrame()
        frame.offset = input.streamOffset(of: start)
        let bodyStart = start + Self.preludeBytes + headers
        frame.payload = Slice(region: input.region, offset: bodyStart, length: total - headers - Self.leastBytes)
        let isReadable = readHeaders(start + Self.preludeBytes, bodyStart, input, &frame)
        guard isReadable && frame.event.length <= maxNameBytes else {
            let code = isReadable ? SluiceError.Code.eventNameTooLong : .malformedHeaders
            let problem = FrameProblem(code, at: start, limit: total, &input)
            frameStart = input.release(upTo: start + total)
            return input.found(problem)
        }
        frameStart = input.release(upTo: start + total)
        return input.found(frame)
    }

    /// Reads `name length 1 | name | type 1 | value` up to `end`; false when a header overruns it.
    private func readHeaders(_ start: Int, _ end: Int, _ input: borrowing Input, _ frame: inout RawFrame) -> Bool {
        let window = input.window
        var position = start
        while position < end {
            let name = position + 1
            let nameEnd = name + Int(window[position])
            guard nameEnd < end else { return false }
            let isString = window[nameEnd] == 7
            guard let value = headerValue(type: window[nameEnd], at: nameEnd + 1, end, window) else { return false }
            position = value.upperBound
            guard isString else { continue }
            let slice = Slice(region: input.region, offset: value.lowerBound, length: value.count)
            if window.matches(name, nameEnd, ":event-type") || window.matches(name, nameEnd, ":exception-type")
                || window.matches(name, nameEnd, ":error-code")
            {
                frame.event = slice
            } else if window.matches(name, nameEnd, ":message-type") {
                frame.isError = !window.matches(value.lowerBound, value.upperBound, "event")
            }
        }
        return true
    }

    /// The bytes of a header's value: types 0 and 1 are booleans, 2–5 integers, 6 bytes, 7 a string, 8 a time, 9 a UUID.
    private func headerValue(type: UInt8, at start: Int, _ end: Int, _ window: Window) -> Range<Int>? {
        let fixed = [0, 0, 1, 2, 4, 8, -1, -1, 8, 16]
        guard type < 10 else { return nil }
        var from = start
        var length = fixed[Int(type)]
        if length < 0 {
            guard start + 2 <= end else { return nil }
            length = Int(window[start]) << 8 | Int(window[start + 1])
            from = start + 2
        }
        return from + length <= end ? from..<(from + length) : nil
    }

    @inline(__always)
    private func big32(_ window: Window, _ start: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: window.word(at: start, upTo: start + 4)).byteSwapped
    }

    mutating func finish(_ input: inout Input, flush: Bool) -> FrameStep { .needMore }

    func hasUnfinishedEvent(_ input: borrowing Input) -> Bool {
        skipRemaining > 0 || input.end > frameStart
    }

    mutating func skipUnfinished(
        _ input: inout Input, _ code: SluiceError.Code, limit: Int, total: Int? = nil
    ) -> FrameStep {
        // Only the prelude is certainly received, so only it is shown.
        let problem = FrameProblem(code, at: frameStart, limit: min(limit, Self.preludeBytes), &input)
        hasPrelude = false
        skipRemaining = total ?? input.end - frameStart
        return input.found(problem)
    }

    mutating func rebase(to origin: Int) {
        frameStart -= origin
    }
}
