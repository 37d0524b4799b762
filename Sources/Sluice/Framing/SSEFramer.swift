// Server-Sent Events exactly as WHATWG HTML 9.2.6 interprets them, line by line.
//
// CR, LF and CRLF end a line. A CR ends it at once, and an LF that follows is skipped, even in the next chunk. A blank line
// dispatches. One data line is emitted in place; several are joined with LF in a separate buffer. Lines that leave the event
// empty (comments, ids, blanks) are released at once, so they do not accumulate.

struct SSEFramer: ~Copyable {
    private(set) var frameStart = 0
    private(set) var lineStart = 0
    var swallowsLineFeed = false
    var opening = StreamOpening.start
    private(set) var isSkipping = false

    private(set) var dataLines = 0
    private var dataStart = 0
    private var dataLength = 0
    private var eventStart = 0
    private(set) var eventLength = 0
    private(set) var retryMilliseconds = -1
    private var joinedStart = 0
    var joined = StreamBuffer(layout: .linear)

    /// WHATWG's "last event ID buffer", and the "last event ID string" that a blank line sets to it; both persist.
    var idBuffer = StreamBuffer(layout: .linear)
    var lastID = StreamBuffer(layout: .linear)
    private(set) var hasNewID = false
    /// Whether lines outside the framing that look like errors are reported; the standard ignores them.
    var reportsStrayErrors = false
    /// The problem of the latest line: it exceeds a limit, or looks like such an error.
    var lineProblem: FrameProblem?
    /// A second problem of that line, which is reported next.
    private(set) var secondProblem: FrameProblem?
    var reportedStrayError = false

    private var maxDataLines = Int.max
    private var maxNameBytes = Int.max
    private var maxIDBytes = Int.max

    /// The number of lines with an unknown field name.
    var ignoredLines: UInt64 = 0
    /// The number of comments and of fields other than data.
    var knownLines: UInt64 = 0

    var joinedBytes: Window { joined.readable }
    var lastEventID: Window { lastID.readable }
    var allocatedBytes: Int { joined.allocatedBytes + idBuffer.allocatedBytes + lastID.allocatedBytes }
    private var isEmpty: Bool { dataLines == 0 && eventLength == 0 }

    /// Sets the limits of the following fields.
    mutating func bound(by limits: Limits) {
        maxDataLines = limits.maxDataLinesPerEvent
        maxNameBytes = limits.maxEventNameBytes
        maxIDBytes = limits.maxIDBytes
    }

    /// Drops joined data; no slice may refer to it any more.
    mutating func reclaim() {
        if dataLines < 2 {
            joined.removeAll()
        } else if joinedStart > 0 {
            joined.consume(joinedStart)
        }
        joinedStart = 0
    }

    mutating func next(_ input: inout Input, _ scanner: inout Scanner, limit: Int) -> FrameStep {
        if let problem = takeLineProblem() { return input.found(problem) }
        while let mark = input.nextMark(&scanner, .lineEnds) {
            if !input.isCarrying && isPlain(mark, input.chunk, limit) {
                if takePlain(mark, &input) { return .frame }
                continue
            }
            let byte = input.chunkByte(at: mark)
            if swallowsLineFeed {
                swallowsLineFeed = false
                if byte == 0x0A && mark == lineStart {
                    lineStart = mark + 1
                    if isEmpty { letGo(&input) }
                    continue
                }
            }
            swallowsLineFeed = byte == 0x0D
            if isSkipping {
                let isBlank = mark == lineStart
                lineStart = mark + 1
                if isBlank { endSkip(&input) }
                continue
            }
            if mark + 1 - frameStart > limit { return skip(&input, lineEnd: mark, limit: limit) }
            guard input.hold(upTo: mark + 1) else { return skipUnfinished(&input, .outOfMemory, limit: limit) }
            if line(to: mark, &input) { return .frame }
            if let problem = takeLineProblem() { return input.found(problem) }
        }
        return .needMore
    }

    /// The position in `chunk` where an event begins; nil if a part of it, or a line that applies to it, was read, or if
    /// the chunk contains nothing of it.
    @inline(__always)
    func boundary(in chunk: Window) -> Int? {
        let isClean =
            lineStart == frameStart && dataLines == 0 && eventLength == 0 && retryMilliseconds < 0 && !isSkipping
            && opening == .over && !hasNewID && frameStart < chunk.count
        guard isClean else { return nil }
        let isBehindReturn = swallowsLineFeed && chunk[frameStart] == 0x0A
        return isBehindReturn ? frameStart + 1 : frameStart
    }

    /// The following bytes are not the start of the stream.
    mutating func resume(hasReportedStrayError: Bool) {
        opening = .over
        reportedStrayError = hasReportedStrayError
    }

    /// Events before `position` were read without the framer; the next event begins there.
    mutating func jump(to position: Int) {
        frameStart = position
        lineStart = position
        swallowsLineFeed = false
    }

    /// Whether the line that ends at `mark` has one of the two most frequent forms: the event's only data line, or the
    /// blank line after it, in a chunk and ended by LF.
    @inline(__always)
    private func isPlain(_ mark: Int, _ chunk: Window, _ limit: Int) -> Bool {
        guard chunk[mark] == 0x0A, !swallowsLineFeed, !isSkipping, opening == .over, !hasNewID else { return false }
        guard mark - frameStart < limit else { return false }
        if mark == lineStart { return dataLines == 1 }
        let begins: UInt64 = 0x203A_6174_6164  // "data: "
        return dataLines == 0 && chunk.word(at: lineStart, upTo: mark) & 0xFFFF_FFFF_FFFF == begins
    }

    @inline(__always)
    private mutating func takePlain(_ mark: Int, _ input: inout Input) -> Bool {
        let start = lineStart
        lineStart = mark + 1
        if mark > start {
            dataLines = 1
            dataStart = start + 6
            dataLength = mark - dataStart
            return false
        }
        leave(Slice(region: .chunk, offset: dataStart, length: dataLength), .chunk, &input)
        frameStart = lineStart
        return true
    }

    /// Processes the line that ends at `lineEnd`; a blank line may dispatch.
    @inline(__always)
    private mutating func line(to lineEnd: Int, _ input: inout Input) -> Bool {
        let start = opening == .over ? lineStart : open(to: lineEnd, &input)
        lineStart = lineEnd + 1
        if start == lineEnd { return dispatch(&input) }
        guard field(from: start, to: lineEnd, &input) else { return false }
        if isEmpty { letGo(&input) }
        return false
    }

    /// Processes a field; returns whether the event may be released if it is empty.
    @inline(__always)
    private mutating func field(from start: Int, to end: Int, _ input: inout Input) -> Bool {
        let window = input.window
        let word = window.word(at: start, upTo: end)
        if word & 0xFF_FFFF_FFFF == 0x3A_6174_6164 {  // "data:"
            let hasSpace = end - start > 5 && (word >> 40) & 0xFF == 0x20
            data(from: start + (hasSpace ? 6 : 5), to: end, &input)
            return isSkipping
        }
        let ignored = ignoredLines
        otherField(word, from: start, to: end, &input)
        if ignoredLines > ignored && reportsStrayErrors && !reportedStrayError { noteStrayLine(start, end, &input) }
        return true
    }

    @inline(__always)
    private mutating func data(from start: Int, to end: Int, _ input: inout Input) {
        dataLines += 1
        if dataLines == 1 {
            dataStart = start
            dataLength = end - start
        } else {
            join(from: start, to: end, &input)
        }
    }

    private mutating func join(from start: Int, to end: Int, _ input: inout Input) {
        if dataLines > maxDataLines { return giveUp(.tooManyDataLines, &input) }
        let window = input.window
        var isWhole = true
        if dataLines == 2 {
            joinedStart = joined.count
            isWhole = joined.append(window.slice(dataStart, dataLength))
        }
        isWhole = isWhole && joined.append(byte: 0x0A) && joined.append(window.slice(start, end - start))
        if !isWhole { giveUp(.outOfMemory, &input) }
    }

    private mutating func otherField(_ word: UInt64, from start: Int, to end: Int, _ input: inout Input) {
        let window = input.window
        if word & 0xFF == 0x3A {  // ":"
            knownLines += 1
            return
        }
        var colon = start
        while colon < end && window[colon] != 0x3A { colon += 1 }
        var value = min(colon + 1, end)
        if value < end && window[value] == 0x20 { value += 1 }
        if window.matches(start, colon, "event") {
            knownLines += 1
            if end - value > maxNameBytes { return giveUp(.eventNameTooLong, &input) }
            eventStart = value
            eventLength = end - value
        } else if window.matches(start, colon, "data") {
            data(from: value, to: end, &input)
        } else if window.matches(start, colon, "id") {
            knownLines += 1
            identify(value, end, &input)
        } else if window.matches(start, colon, "retry") {
            knownLines += 1
            retry(value, end, window)
        } else if !(start..<end).allSatisfy({ window[$0] == 0x20 || window[$0] == 0x09 }) {
            ignoredLines += 1
        }
    }

    private mutating func takeLineProblem() -> FrameProblem? {
        guard let problem = lineProblem else { return nil }
        lineProblem = secondProblem
        secondProblem = nil
        return problem
    }

    /// The latest line exceeds a limit, or allocation failed: the rest of its event is skipped. The excerpt is the part of
    /// the event that was read, which is the same for every way to cut the stream.
    private mutating func giveUp(_ code: SluiceError.Code, _ input: inout Input) {
        let problem = abandon(&input, code, lineStart - 1 - frameStart)
        if lineProblem == nil { lineProblem = problem } else { secondProblem = problem }
    }

    /// An id with a NUL in it is ignored as a whole.
    private mutating func identify(_ start: Int, _ end: Int, _ input: inout Input) {
        let window = input.window
        for index in start..<end where window[index] == 0 { return }
        if end - start > maxIDBytes { return giveUp(.idTooLong, &input) }
        idBuffer.removeAll()
        _ = idBuffer.append(window.slice(start, end - start))
        hasNewID = true
    }

    /// Digits only; any other value is ignored. A time that does not fit into an Int is the maximum.
    private mutating func retry(_ start: Int, _ end: Int, _ window: Window) {
        var milliseconds = 0
        guard start < end else { return }
        for index in start..<end {
            let digit = window[index] &- 0x30
            guard digit < 10 else { return }
            let (scaled, overflow) = milliseconds.multipliedReportingOverflow(by: 10)
            milliseconds = overflow || scaled > Int.max - 9 ? Int.max - 9 : scaled + Int(digit)
        }
        retryMilliseconds = milliseconds
    }

    /// Processes a blank line or the end of the input: stores the event in `input.frame` if it has data, and begins the next.
    @inline(__always)
    private mutating func dispatch(_ input: inout Input) -> Bool {
        if hasNewID { adoptID() }
        guard dataLines > 0 else {
            eventLength = 0
            letGo(&input)
            return false
        }
        let payload =
            dataLines == 1
            ? Slice(region: input.region, offset: dataStart, length: dataLength)
            : Slice(region: .joined, offset: joinedStart, length: joined.count - joinedStart)
        leave(payload, input.region, &input)
        letGo(&input)
        return true
    }

    /// Stores the event in `input.frame`, and begins the next.
    @inline(__always)
    private mutating func leave(_ payload: Slice, _ region: Region, _ input: inout Input) {
        input.frame.offset = input.streamOffset(of: frameStart)
        input.frame.payload = payload
        input.frame.event = Slice(region: region, offset: eventStart, length: eventLength)
        input.frame.isError = eventLength == 5 && input.window.matches(eventStart, eventStart + 5, "error")
        input.frame.retryMilliseconds = retryMilliseconds
        input.frame.isUnterminated = false
        retryMilliseconds = -1
        dataLines = 0
        eventLength = 0
    }

    /// Sets the last event ID that applies until the stream sends one.
    mutating func seedID(_ id: Window) {
        _ = idBuffer.append(id)
        _ = lastID.append(id)
    }

    private mutating func adoptID() {
        hasNewID = false
        lastID.removeAll()
        _ = lastID.append(idBuffer.readable)
    }

    /// Releases everything before the current line.
    @inline(__always)
    private mutating func letGo(_ input: inout Input) {
        lineStart = input.release(upTo: lineStart)
        frameStart = lineStart
    }

    /// Processes the end of the input. With `flush`, an unfinished line counts as a line, and an unfinished event is
    /// dispatched.
    mutating func finish(_ input: inout Input, flush: Bool) -> FrameStep {
        if let problem = takeLineProblem() { return input.found(problem) }
        let end = input.end
        guard flush, !isSkipping, end > frameStart || dataLines > 0 else { return .needMore }
        guard input.hold(upTo: end) else { return skipUnfinished(&input, .outOfMemory, limit: 64) }
        if end > lineStart && isCutField(lineStart, end, input.window) {
            lineStart = end
        } else if end > lineStart {
            _ = line(to: end, &input)
            if let problem = takeLineProblem() { return input.found(problem) }
        }
        guard dataLines > 0, dispatch(&input) else { return .needMore }
        input.frame.isUnterminated = true
        return .frame
    }

    /// Whether an event had begun when the input ended.
    func hasUnfinishedEvent(_ input: borrowing Input) -> Bool {
        if isSkipping || dataLines > 0 { return true }
        guard input.end > lineStart else { return false }
        // The window contains the scanned part of a carried frame.
        let window = input.window
        let first = lineStart < window.count ? window[lineStart] : input.chunkByte(at: lineStart)
        let isComment = first == 0x3A
        let isByteOrderMark = opening == .start && input.end - lineStart <= 3 && first == 0xEF
        return !isComment && !isByteOrderMark
    }

    /// The event exceeds the limit: the rest of it is skipped up to its blank line.
    private mutating func skip(_ input: inout Input, lineEnd: Int, limit: Int) -> FrameStep {
        let isBlank = lineEnd == lineStart
        let problem = abandon(&input, .eventTooLarge, limit)
        lineStart = input.release(upTo: lineEnd + 1)
        if isBlank { endSkip(&input) }
        return input.found(problem)
    }

    /// As `skip`, at the end of a chunk inside the event.
    mutating func skipUnfinished(_ input: inout Input, _ code: SluiceError.Code, limit: Int) -> FrameStep {
        let problem = abandon(&input, code, limit)
        lineStart = input.release(upTo: lineStart)
        return input.found(problem)
    }

    private mutating func abandon(_ input: inout Input, _ code: SluiceError.Code, _ limit: Int) -> FrameProblem {
        dataLines = 0
        eventLength = 0
        isSkipping = true
        opening = .over
        return FrameProblem(code, at: frameStart, limit: limit, &input)
    }

    private mutating func endSkip(_ input: inout Input) {
        isSkipping = false
        letGo(&input)
    }

    /// Positions count from `origin` from now on.
    mutating func rebase(to origin: Int) {
        frameStart -= origin
        lineStart -= origin
        dataStart -= origin
        eventStart -= origin
    }
}
