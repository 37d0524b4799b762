internal import CSluiceSimdjson

// Runs of events that either lane has read: their escapes are decoded, their numbers checked, and noted what they have read.

extension StreamState {
    /// Decodes the escapes of a run's records, and checks the stream's numbers, whose errors contain the event's number. If an
    /// event cannot be read, restores the stream's state and returns the index of one of its records.
    @inline(__always)
    mutating func settle(
        _ run: CaptureParser.Run, from first: Int, _ chunk: Window, _ carried: Window, _ format: CompiledFormat,
        _ work: inout EngineWork
    ) -> Int? {
        if format.isNumbered { return settleNumbered(run, from: first, chunk, carried, &work) }
        if run.escapedCount == 0 && progress.pendingSurrogates.isEmpty { return nil }
        return decode(from: first, run, chunk, carried, &work)
    }

    @inline(never)
    private mutating func settleNumbered(
        _ run: CaptureParser.Run, from first: Int, _ chunk: Window, _ carried: Window, _ work: inout EngineWork
    ) -> Int? {
        let checkpoint = progress.checkpoint
        let bad = decode(from: first, run, chunk, carried, &work) ?? settleNumbers(from: first, &work)
        if bad != nil { progress.restore(checkpoint) }
        return bad
    }

    /// Notes what the events of a run have read.
    @inline(__always)
    mutating func noteRun(_ run: CaptureParser.Run, from first: Int, _ records: borrowing RecordList) {
        if run.isTerminal { progress.sawTerminal = true }
        let reads = run.reads
        progress.note(reads)
        if reads & UInt64(DeltaKind.toolArguments.bit) != 0 { noteArguments(from: first, records) }
    }

    @inline(never)
    private mutating func noteArguments(from first: Int, _ records: borrowing RecordList) {
        let calls = progress.calls ?? ToolCallTable(limits)
        progress.calls = calls
        calls.noteArguments(from: first, records)
    }

    /// Decodes the escapes of the records from `first` on. If one cannot be decoded, restores the stream's state and
    /// returns the record's index.
    private mutating func decode(
        from first: Int, _ run: CaptureParser.Run, _ chunk: Window, _ carried: Window, _ work: inout EngineWork
    ) -> Int? {
        if run.escapedCount == 0 && progress.pendingSurrogates.isEmpty { return nil }
        var index = 0
        if progress.pendingSurrogates.isEmpty {
            index = work.parser.decode(
                &work.records, from: first, chunk, carried, bytes: run.bytes + carried.count, &work.decoder)
            if index == run.escapedCount { return nil }
        }
        return decode(from: first, escaped: index, run, chunk, carried, &work)
    }

    /// The same one by one, from the `index`th record with escapes, because a surrogate pair is split between records.
    private mutating func decode(
        from first: Int, escaped index: Int, _ run: CaptureParser.Run, _ chunk: Window, _ carried: Window,
        _ work: inout EngineWork
    ) -> Int? {
        let checkpoint = progress.checkpoint
        var index = index
        var hasEmpty = false
        var isPending = !progress.pendingSurrogates.isEmpty
        var next = first
        while isPending ? next < work.records.count : index < run.escapedCount {
            if !isPending {
                next = first + run.escaped(index)
                index += 1
            }
            if !work.records[next].hasNumbers {
                let window = work.records[next].region == Region.carry.rawValue ? carried : chunk
                guard work.interpreter.decode(&work.records[next], window, &progress, &work.decoder) else {
                    progress.restore(checkpoint)
                    return next
                }
                if work.records[next].length == 0 { hasEmpty = true }
            }
            next += 1
            // A high surrogate is pending, and its bytes alone do not determine its other half.
            isPending = isPending || !progress.pendingSurrogates.isEmpty
        }
        if hasEmpty {
            // A piece that is half of a pair is a piece of arguments too.
            if run.reads & UInt64(DeltaKind.toolArguments.bit) != 0 { noteArguments(from: first, work.records) }
            work.records.keep(from: first) { $0.length > 0 || $0.hasNumbers }
        }
        return nil
    }
}
