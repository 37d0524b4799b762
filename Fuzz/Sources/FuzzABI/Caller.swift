import CSluice

@testable import FuzzSupport
@testable import Sluice

// Calls in any order on two streams of one engine, compared with a model of what the header says each returns.

@safe
struct Caller {
    private enum Phase {
        case between
        case reading
        case ending
        case ended
        case failed
    }

    /// A stream, and what the caller knows of it.
    @safe
    private struct Slot {
        var handle: OpaquePointer
        /// Which of the caller's engines it reads with.
        var engine: Int
        var phase = Phase.between
        /// Bytes of the stream that were fed.
        var position = 0
        /// Bytes that may be committed, the next of the stream.
        var reserved = 0
        /// What the stream borrows: overwritten and freed as soon as the header allows it.
        var chunk: UnsafeMutableRawBufferPointer?
        /// It was finished before all bytes were fed, so it is another stream.
        var isShort = false
        var log = DeltaLog()

        mutating func freeChunk() {
            guard let memory = unsafe chunk else { return }
            _ = unsafe memory.initializeMemory(as: UInt8.self, repeating: 0xAA)
            unsafe memory.deallocate()
            unsafe chunk = nil
        }
    }

    private let run: ABIRun
    private let bytes: [UInt8]
    private var engine: OpaquePointer
    /// Engines so far; the caller destroys the first, the others are destroyed here.
    private var engineCount = 0
    private var slots: [Slot]

    init(_ run: ABIRun, _ bytes: [UInt8], _ engine: OpaquePointer) {
        self.run = run
        self.bytes = bytes
        unsafe self.engine = engine
        slots = unsafe [Slot(handle: run.make(engine), engine: 0), Slot(handle: run.make(engine), engine: 0)]
    }

    mutating func call(_ calls: FuzzInput) {
        var calls = calls
        while !calls.isEmpty {
            let call = calls.byte()
            let number = call & 1
            switch call >> 1 & 7 {
            case 0: feed(number, calls.byte())
            case 1, 2: _ = next(number)
            case 3: reserve(number, calls.byte())
            case 4: commit(number, calls.byte())
            case 5: ask(number)
            case 6: if calls.byte() > 200 { finish(number) }
            default:
                let choice = calls.byte()
                if choice > 192 {
                    reset(number)
                } else if choice > 128 {
                    replace(number)
                } else if choice < 48 {
                    replaceEngine()
                }
            }
        }
    }

    /// Reads both streams to their ends.
    mutating func finish() -> [DeltaLog] {
        // The streams keep it.
        if engineCount > 0 { unsafe sluice_engine_destroy(engine) }
        for number in slots.indices { while next(number) == SLUICE_OK {} }
        for number in slots.indices {
            if slots[number].phase == .between {
                feed(number, bytes.count)
                while next(number) == SLUICE_OK {}
            }
            if slots[number].phase == .between {
                finish(number)
                while next(number) == SLUICE_OK {}
            }
        }
        return slots.indices.compactMap { number in
            let slot = slots[number]
            var log = slot.log
            unsafe log.conclude(slot.handle, sluice_status(slot.phase == .failed ? SLUICE_FAILED : SLUICE_END))
            unsafe sluice_stream_destroy(slot.handle)
            return slot.isShort ? nil : log
        }
    }

    // MARK: Calls

    /// What a call that begins a chunk returns.
    private func readiness(_ number: Int) -> Int {
        switch slots[number].phase {
        case .between:
            slots.contains { $0.engine == slots[number].engine && ($0.phase == .reading || $0.phase == .ending) }
                ? SLUICE_MISUSE : SLUICE_OK
        case .reading, .ending, .ended: SLUICE_MISUSE
        case .failed: SLUICE_FAILED
        }
    }

    private func check(_ status: sluice_status, _ wanted: Int, _ call: StaticString) {
        if status != wanted { report("\(call) returned \(status) instead of \(wanted)", in: bytes) }
    }

    private mutating func feed(_ number: Int, _ most: Int) {
        let wanted = readiness(number)
        let slot = slots[number]
        let piece = bytes[slot.position..<min(bytes.count, slot.position + most)]
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: piece.count, alignment: 1)
        unsafe memory.copyBytes(from: piece)
        check(unsafe sluice_stream_feed(slot.handle, memory.baseAddress, memory.count), wanted, "feed")
        guard wanted == SLUICE_OK else { return unsafe memory.deallocate() }
        unsafe slots[number].chunk = memory
        slots[number].position += piece.count
        slots[number].reserved = 0
        slots[number].phase = .reading
    }

    private mutating func next(_ number: Int) -> Int {
        var batch: UnsafePointer<sluice_batch>?
        let phase = slots[number].phase
        let handle = unsafe slots[number].handle
        let status = Int(unsafe sluice_stream_next(handle, &batch))
        let allowed =
            switch phase {
            case .between: [SLUICE_NEED_MORE]
            case .reading: [SLUICE_OK, SLUICE_NEED_MORE, SLUICE_FAILED]
            case .ending: [SLUICE_OK, SLUICE_END, SLUICE_FAILED]
            case .ended: [SLUICE_END]
            case .failed: [SLUICE_FAILED]
            }
        if !allowed.contains(status) { report("next returned \(status) while \(phase)", in: bytes) }
        if let batch = unsafe batch, status == SLUICE_OK {
            unsafe slots[number].log.take(batch, handle)
            return status
        }
        slots[number].freeChunk()
        slots[number].phase = status == SLUICE_NEED_MORE ? .between : status == SLUICE_END ? .ended : .failed
        return status
    }

    private mutating func reserve(_ number: Int, _ size: Int) {
        let wanted = size == 0 ? SLUICE_MISUSE : readiness(number)
        var space: UnsafeMutableRawPointer?
        check(unsafe sluice_stream_reserve(slots[number].handle, size, &space), wanted, "reserve")
        guard wanted == SLUICE_OK, let space = unsafe space else { return }
        let piece = bytes[slots[number].position...].prefix(size)
        _ = unsafe UnsafeMutableRawBufferPointer(start: space, count: size).initializeMemory(
            as: UInt8.self, repeating: 0xAA)
        unsafe UnsafeMutableRawBufferPointer(start: space, count: size).copyBytes(from: piece)
        slots[number].reserved = size
    }

    private mutating func commit(_ number: Int, _ wish: Int) {
        // Mostly an allowed count; no more than is left of the stream.
        let left = bytes.count - slots[number].position
        let written = wish > 250 ? slots[number].reserved + 1 : min(wish, slots[number].reserved, left)
        let ready = readiness(number)
        let wanted = ready == SLUICE_OK && written > slots[number].reserved ? SLUICE_MISUSE : ready
        check(unsafe sluice_stream_commit(slots[number].handle, written), wanted, "commit")
        guard wanted == SLUICE_OK else { return }
        slots[number].position += written
        slots[number].reserved = 0
        slots[number].phase = .reading
    }

    private mutating func finish(_ number: Int) {
        let wanted = readiness(number)
        check(unsafe sluice_stream_finish(slots[number].handle), wanted, "finish")
        guard wanted == SLUICE_OK else { return }
        slots[number].reserved = 0
        slots[number].isShort = slots[number].position < bytes.count
        slots[number].phase = .ending
    }

    /// Calls that are allowed at any time.
    private func ask(_ number: Int) {
        let slot = slots[number]
        var end = sluice_end()
        var error = sluice_error()
        var delta = sluice_delta()
        check(unsafe sluice_stream_end(slot.handle, &end, MemoryLayout<sluice_end>.size), SLUICE_OK, "end")
        let told = slot.phase == .failed ? SLUICE_OK : SLUICE_MISUSE
        check(unsafe sluice_stream_error(slot.handle, &error, MemoryLayout<sluice_error>.size), told, "error")
        delta.kind = UInt8(SLUICE_MALFORMED)
        delta.problem = 1_000_000
        check(unsafe sluice_stream_problem(slot.handle, &delta, &error, 100), SLUICE_MISUSE, "problem")
        delta.problem = 0
        if slot.phase == .between || slot.phase == .ended || slot.phase == .failed {
            check(unsafe sluice_stream_problem(slot.handle, &delta, &error, 100), SLUICE_MISUSE, "problem")
        }
        delta.kind = UInt8(SLUICE_TEXT)
        check(unsafe sluice_stream_problem(slot.handle, &delta, &error, 100), SLUICE_MISUSE, "problem")
        askDetails(slot)
        askUnread(slot, end)
        var like: OpaquePointer?
        check(unsafe sluice_stream_create_like(slot.handle, &like), SLUICE_OK, "create_like")
        unsafe sluice_stream_destroy(like)
    }

    /// Details of errors: of no delta of another kind, and of no error while there is no batch.
    private func askDetails(_ slot: borrowing Slot) {
        let size = MemoryLayout<sluice_error_details>.size
        var details = sluice_error_details()
        var delta = sluice_delta()
        delta.kind = UInt8(SLUICE_TEXT)
        check(unsafe sluice_stream_error_details(slot.handle, &delta, &details, size), SLUICE_MISUSE, "details")
        delta.kind = UInt8(SLUICE_ERROR)
        check(unsafe sluice_stream_error_details(slot.handle, &delta, &details, 5000), SLUICE_MISUSE, "details")
        check(unsafe sluice_stream_error_details(slot.handle, &delta, nil, size), SLUICE_MISUSE, "details")
        // An event that is no error: empty details, or where there is no batch, none.
        delta.event_offset = .max
        let isBatchless = slot.phase == .between || slot.phase == .ended || slot.phase == .failed
        let found = Int(unsafe sluice_stream_error_details(slot.handle, &delta, &details, size))
        if found != SLUICE_MISUSE && (isBatchless || found != SLUICE_OK) {
            report("details returned \(found) while \(slot.phase)", in: bytes)
        }
        let isEmpty =
            details.type.0 == 0 && details.code.0 == 0 && details.parameter.0 == 0 && details.request_id.0 == 0
        if found == SLUICE_OK && !(isEmpty && details.retry_after_seconds == -1) {
            report("details of an error that is none", in: bytes)
        }
    }

    /// As many kinds of unread events as the end says, in the order of their first events, and none behind them.
    private func askUnread(_ slot: borrowing Slot, _ end: sluice_end) {
        let size = MemoryLayout<sluice_unread_kind>.size
        var count: UInt64 = 0
        var last: UInt64 = 0
        for index in 0..<Int(end.unread_kinds) {
            var kind = sluice_unread_kind()
            check(unsafe sluice_stream_unread(slot.handle, index, &kind, size), SLUICE_OK, "unread")
            if kind.count == 0 || kind.event <= last || kind.name.0 == 0 { report("unread kind \(kind)", in: bytes) }
            last = kind.event
            count += kind.count
        }
        if count > end.unread_events || end.unread_kinds > 8 { report("\(count) unread of \(end)", in: bytes) }
        var kind = sluice_unread_kind()
        for index in [Int(end.unread_kinds), -1, Int.max] {
            check(unsafe sluice_stream_unread(slot.handle, index, &kind, size), SLUICE_MISUSE, "unread")
        }
        check(unsafe sluice_stream_unread(slot.handle, 0, nil, size), SLUICE_MISUSE, "unread")
        check(unsafe sluice_stream_unread(slot.handle, 0, &kind, 5000), SLUICE_MISUSE, "unread")
    }

    /// Destroys the stream in whatever state it is, and creates another.
    private mutating func replace(_ number: Int) {
        unsafe sluice_stream_destroy(slots[number].handle)
        slots[number].freeChunk()
        slots[number] = unsafe Slot(handle: run.make(engine), engine: engineCount)
    }

    private mutating func reset(_ number: Int) {
        check(unsafe sluice_stream_reset(slots[number].handle), SLUICE_OK, "reset")
        slots[number].freeChunk()
        slots[number] = unsafe Slot(handle: slots[number].handle, engine: slots[number].engine)
    }

    /// Destroys the engine during any read; its streams go on, and new streams use the next engine.
    private mutating func replaceEngine() {
        if engineCount > 0 { unsafe sluice_engine_destroy(engine) }
        engineCount += 1
        unsafe engine = sluice_engine_create()
    }
}
