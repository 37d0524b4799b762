// The framer of a stream: one of four, once the framing is known. What does not change it is inlined: a call would copy it.

struct Framer: ~Copyable {
    /// Nil until it is known.
    var framing: Framing?
    var sse = SSEFramer()
    var ndjson = NDJSONFramer()
    var jsonArray = JSONArrayFramer()
    var aws = AWSEventStreamFramer()

    init(_ framing: Framing?, _ limits: Limits) {
        self.framing = framing
        bound(by: limits)
    }

    mutating func bound(by limits: Limits) {
        sse.bound(by: limits)
        aws.maxNameBytes = limits.maxEventNameBytes
    }

    var allocatedBytes: Int { sse.allocatedBytes }

    /// Stores the next frame, or the problem of one, in `input`.
    @inline(__always)
    mutating func next(_ input: inout Input, _ scanner: inout Scanner, limit: Int) -> FrameStep {
        switch framing {
        case .sse: return sse.next(&input, &scanner, limit: limit)
        case .ndjson: return ndjson.next(&input, &scanner, limit: limit)
        case .jsonArray: return jsonArray.next(&input, &scanner, limit: limit)
        case .awsEventStream: return aws.next(&input, limit: limit)
        case nil: return .needMore
        }
    }

    /// The position in the chunk where an event begins; nil if a part of it was read, or if the framing has no lines.
    @inline(__always)
    func boundary(in input: borrowing Input) -> Int? {
        if input.isCarrying { return nil }
        let chunk = input.chunk
        let start = framing == .sse ? sse.boundary(in: chunk) : framing == .ndjson ? ndjson.boundary : nil
        guard let start, start < chunk.count else { return nil }
        return start
    }

    /// Whether events are lines, or consist of lines.
    var hasLines: Bool {
        @inline(__always) get { framing == .sse || framing == .ndjson }
    }

    /// The position where the next event begins, of a framing with lines.
    var nextEventStart: Int {
        @inline(__always) get { framing == .sse ? sse.frameStart : ndjson.frameStart }
    }

    /// Finds the run of plain frames that begins here, and returns its position; nil if the next frame is not plain.
    mutating func findPlain(
        _ frames: inout PlainFrames, _ input: inout Input, _ scanner: inout Scanner, _ room: borrowing PlainFrameRoom,
        _ limits: Limits
    ) -> Int? {
        guard let start = boundary(in: input) else { return nil }
        let delimiters = framing == .sse ? Delimiters.lineEnds : .lineFeeds
        let hasFound = input.findPlain(
            &frames, from: start, delimiters, limit: limits.maxEventBytes, nameLimit: limits.maxEventNameBytes,
            &scanner, room)
        guard hasFound else { return nil }
        jump(to: start + frames.length)
        return start
    }

    /// Continues at `position`: the events before it were read without the framer.
    @inline(__always)
    mutating func jump(to position: Int) {
        if framing == .sse { sse.jump(to: position) } else { ndjson.jump(to: position) }
    }

    /// Called if the unfinished event exceeds the limit at the end of the chunk.
    mutating func checkUnfinished(_ input: inout Input, limit: Int) -> FrameStep {
        guard framing != nil, !isSkipping, input.end - frameStart > limit else { return .needMore }
        switch framing {
        case .sse: return sse.skipUnfinished(&input, .eventTooLarge, limit: limit)
        case .ndjson: return ndjson.skipUnfinished(&input, .eventTooLarge, limit: limit)
        case .jsonArray: return jsonArray.skipUnfinished(&input, .eventTooLarge, limit: limit)
        case .awsEventStream, nil: return .needMore
        }
    }

    /// The last frame, after the end of the input.
    mutating func last(_ input: inout Input, flush: Bool) -> FrameStep {
        switch framing {
        case .sse: return sse.finish(&input, flush: flush)
        case .ndjson: return ndjson.finish(&input, flush: flush)
        case .jsonArray: return jsonArray.finish(&input, flush: flush)
        case .awsEventStream: return aws.finish(&input, flush: flush)
        case nil: return .needMore
        }
    }

    @inline(__always)
    func hasUnfinishedEvent(_ input: borrowing Input) -> Bool {
        switch framing {
        case .sse: sse.hasUnfinishedEvent(input)
        case .ndjson: ndjson.hasUnfinishedEvent(input)
        case .jsonArray: jsonArray.hasUnfinishedEvent(input)
        case .awsEventStream: aws.hasUnfinishedEvent(input)
        case nil: false
        }
    }

    var frameStart: Int {
        @inline(__always) get {
            switch framing {
            case .sse: sse.frameStart
            case .ndjson: ndjson.frameStart
            case .jsonArray: jsonArray.frameStart
            case .awsEventStream, nil: aws.frameStart
            }
        }
    }

    var isSkipping: Bool {
        @inline(__always) get {
            switch framing {
            case .sse: sse.isSkipping
            case .ndjson: ndjson.isSkipping
            case .jsonArray: jsonArray.isSkipping
            case .awsEventStream, nil: false
            }
        }
    }

    /// Positions count from `origin` from now on.
    mutating func rebase(to origin: Int) {
        switch framing {
        case .sse: sse.rebase(to: origin)
        case .ndjson: ndjson.rebase(to: origin)
        case .jsonArray: jsonArray.rebase(to: origin)
        case .awsEventStream: aws.rebase(to: origin)
        case nil: break
        }
    }

    /// Whether no event has begun: the framer may serve another stream, once it has that one's snapshot.
    var isAtRest: Bool {
        @inline(__always) get {
            switch framing {
            case .sse: sse.isAtRest
            case .ndjson: ndjson.isAtRest
            case .jsonArray: jsonArray.isAtRest
            case .awsEventStream: aws.isAtRest
            case nil: true
            }
        }
    }

    /// The snapshot of a framer at rest.
    var rest: FramerRest {
        @inline(__always) get {
            switch framing {
            case .sse, nil: sse.rest
            case .ndjson: ndjson.rest
            case .jsonArray: jsonArray.rest
            case .awsEventStream: aws.rest
            }
        }
        set {
            sse.rest = newValue
            guard framing != .sse else { return }
            ndjson.rest = newValue
            jsonArray.rest = newValue
            aws.rest = newValue
        }
    }
}
