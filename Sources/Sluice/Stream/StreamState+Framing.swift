// The framing of a stream, detected from its first bytes, and its frames.

extension StreamState {
    /// Detects the framing from all bytes received. What shows nothing is not read again for each chunk, which would have
    /// quadratic cost.
    mutating func findFraming(in bytes: Window) {
        undecidedBytes = tellingLine(bytes, from: undecidedBytes)
        framing = framing(shownBy: bytes)
    }

    /// Sets the framing if the input ends before its bytes have shown it.
    mutating func endFraming(_ bytes: Window) {
        framing = framing(shownBy: bytes) ?? format?.format.framing ?? framingOfShort(bytes)
    }

    func framing(shownBy bytes: Window) -> Framing? {
        format.map { $0.framing(of: bytes, from: undecidedBytes) } ?? detectFraming(bytes, from: undecidedBytes)
    }

    mutating func nextFrame(_ scanner: inout Scanner) -> FrameStep {
        let limit = limits.maxEventBytes
        switch framing {
        case .sse: return sse.next(&input, &scanner, limit: limit)
        case .ndjson: return ndjson.next(&input, &scanner, limit: limit)
        case .jsonArray: return jsonArray.next(&input, &scanner, limit: limit)
        case .awsEventStream: return aws.next(&input, limit: limit)
        case nil: return .needMore
        }
    }

    /// The position in the chunk where an event begins; nil if a part of it was read, or if the framing does not support
    /// templates.
    var boundary: Int? {
        @inline(__always) get {
            if input.isCarrying { return nil }
            let chunk = input.chunk
            let start = framing == .sse ? sse.boundary(in: chunk) : framing == .ndjson ? ndjson.boundary : nil
            guard let start, start < input.chunk.count else { return nil }
            return start
        }
    }

    /// The position where the next event begins.
    var nextEventStart: Int { framing == .sse ? sse.frameStart : ndjson.frameStart }

    /// Takes the run of plain frames that begins here, and returns its position; nil if the next frame is not plain.
    mutating func takePlain(_ frames: inout PlainFrames, _ work: inout EngineWork) -> Int? {
        guard let start = boundary else { return nil }
        let delimiters = framing == .sse ? Delimiters.lineEnds : .lineFeeds
        let hasFound = input.findPlain(
            &frames, from: start, delimiters, limit: limits.maxEventBytes, nameLimit: limits.maxEventNameBytes,
            &work.scanner, work.plainFrames)
        guard hasFound else { return nil }
        if framing == .sse { sse.jump(to: start + frames.length) } else { ndjson.jump(to: start + frames.length) }
        return start
    }

    /// Continues at `position`: the events before it were read without the framer.
    @inline(__always)
    mutating func jump(to position: Int, _ scanner: inout Scanner) {
        if framing == .sse { sse.jump(to: position) } else { ndjson.jump(to: position) }
        input.jump(to: position, &scanner)
    }

    mutating func reportStrayErrors() {
        sse.reportsStrayErrors = true
    }

    mutating func reclaim() {
        sse.reclaim()
    }

    /// Called if the unfinished event exceeds the limit at the end of the chunk.
    mutating func checkUnfinished() -> FrameStep {
        let limit = limits.maxEventBytes
        guard framing != nil, !isSkipping, input.end - frameStart > limit else { return .needMore }
        switch framing {
        case .sse: return sse.skipUnfinished(&input, .eventTooLarge, limit: limit)
        case .ndjson: return ndjson.skipUnfinished(&input, .eventTooLarge, limit: limit)
        case .jsonArray: return jsonArray.skipUnfinished(&input, .eventTooLarge, limit: limit)
        case .awsEventStream, nil: return .needMore
        }
    }

    /// The last frame, after the end of the input.
    mutating func lastFrame(flush: Bool) -> FrameStep {
        progress.endedInsideEvent = progress.endedInsideEvent || hasUnfinishedEvent
        switch framing {
        case .sse: return sse.finish(&input, flush: flush)
        case .ndjson: return ndjson.finish(&input, flush: flush)
        case .jsonArray: return jsonArray.finish(&input, flush: flush)
        case .awsEventStream: return aws.finish(&input, flush: flush)
        case nil: return .needMore
        }
    }

    private var hasUnfinishedEvent: Bool {
        switch framing {
        case .sse: sse.hasUnfinishedEvent(input)
        case .ndjson: ndjson.hasUnfinishedEvent(input)
        case .jsonArray: jsonArray.hasUnfinishedEvent(input)
        case .awsEventStream: aws.hasUnfinishedEvent(input)
        case nil: false
        }
    }

    var frameStart: Int {
        switch framing {
        case .sse: sse.frameStart
        case .ndjson: ndjson.frameStart
        case .jsonArray: jsonArray.frameStart
        case .awsEventStream, nil: aws.frameStart
        }
    }

    var isSkipping: Bool {
        switch framing {
        case .sse: sse.isSkipping
        case .ndjson: ndjson.isSkipping
        case .jsonArray: jsonArray.isSkipping
        case .awsEventStream, nil: false
        }
    }

    mutating func rebase(to origin: Int) {
        switch framing {
        case .sse: sse.rebase(to: origin)
        case .ndjson: ndjson.rebase(to: origin)
        case .jsonArray: jsonArray.rebase(to: origin)
        case .awsEventStream: aws.rebase(to: origin)
        case nil: break
        }
    }
}
