internal import CSluiceSimdjson

// Events that are known by their bytes: neither framed nor parsed, but compared (see skeletons.hpp).

extension StreamState {
    /// Reads the events from `start` on that have known skeletons; false where the next is one of them, but cannot be
    /// read.
    mutating func takeKnown(from start: Int, _ format: CompiledFormat, _ work: inout EngineWork) -> Bool {
        let rest = input.chunk.from(start)
        var run = work.parser.readKnown(
            rest, format.table, limits, count: Self.recordsPerRefill - work.records.count)
        guard run.events > 0 else {
            work.pause = run.pause
            return true
        }
        let isRead = hand(on: &run, from: start, work.parser, &work.interpreter, &work.decoder, &work.records)
        progress.events += UInt64(run.events)
        progress.frames += UInt64(run.events)
        jump(to: start + run.bytes, &work.scanner)
        work.lookahead = 0
        return isRead
    }

    /// Makes records of a run's deltas. At one that cannot be read the run is cut, before its event, and false returned.
    @inline(__always)
    private mutating func hand(
        on run: inout CaptureParser.Run, from start: Int, _ parser: borrowing CaptureParser,
        _ interpreter: inout Interpreter, _ decoder: inout StringDecoder, _ records: inout [DeltaRecord]
    ) -> Bool {
        let deltas = parser.knownDeltas
        let chunk = input.chunk
        var event: UInt32 = 0
        var firstRecord = records.count
        var checkpoint: StreamProgress.Checkpoint?
        for index in deltas.indices {
            let delta = deltas[index]
            if delta.event != event {
                event = delta.event
                firstRecord = records.count
                checkpoint = nil
            }
            if checkpoint == nil && (delta.is_escaped || !progress.pendingSurrogates.isEmpty) {
                checkpoint = progress.checkpoint
            }
            if interpreter.take(delta, chunk, at: start, &progress, &decoder, &records) { continue }
            records.removeSubrange(firstRecord...)
            if let checkpoint { progress.restore(checkpoint) }
            run.events = Int(delta.event)
            run.bytes = Int(delta.event_offset)
            return false
        }
        return true
    }

    /// The frame at hand was read by a plan: maybe it is remembered, and the next like it need not be framed nor parsed.
    mutating func teach(_ payload: Slice, _ format: CompiledFormat, _ work: inout EngineWork) {
        guard limits.maxSkeletons > 0, work.parser.wantsLearning,
            let steps = work.interpreter.lesson(for: work.parser.shape)
        else { return }
        let start = Int(clamping: Int64(input.frame.offset) - Int64(input.chunkOffset))
        var end = nextEventStart
        // The line feed behind a carriage return has not been read yet, but is the event's.
        if end < input.chunk.count && end > start && input.chunk[end] == 0x0A && input.chunk[end - 1] == 0x0D {
            end += 1
        }
        guard start >= 0, start <= payload.offset, end <= input.chunk.count else { return }
        work.pause = 0
        work.parser.learn(
            input.chunk.slice(start, end - start), payload: payload.offset - start, steps, format.table, limits)
    }
}
