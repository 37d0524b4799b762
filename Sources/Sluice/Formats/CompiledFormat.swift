// A compiled wire format: paths are numbered, and conditions and lookups refer to them by number. All lists are flat arrays, so
// that the loop over captures follows no references.

final class CompiledFormat: Sendable {
    /// A range of one of the flat lists.
    struct Part {
        private var start16: UInt16 = 0
        private var end16: UInt16 = 0

        init() {}

        /// - Throws: `invalidPath` if the list has more entries than 16 bits can count.
        init(start: Int, end: Int) throws(SluiceError) {
            start16 = try FormatBuilder.number(start)
            end16 = try FormatBuilder.number(end)
        }

        var start: Int { Int(start16) }
        var end: Int { Int(end16) }
        var isEmpty: Bool { start16 == end16 }
    }

    struct PathEntry {
        var rules = Part()
        /// The paths of the choice's number and of the tool call's number, id and name: the first that is found counts.
        var choice = Part()
        var tool = Part()
        var toolID = Part()
        var toolName = Part()
        /// The array level whose position numbers choices without a number; -1 if there is none.
        var choiceLevel: Int8 = -1
        var levels: UInt8 = 0
    }

    struct BoundRule {
        var field: Field.Meaning
        var conditions: Part
        var whole: Rule.Whole?
        /// Of a detail, its number among the format's.
        var detail: UInt16 = 0
    }

    struct BoundCondition {
        enum Test {
            case equals, differs, present, empty, notEmpty, isTrue, isNotTrue, event, block, errorEvent, notErrorEvent
        }
        var test: Test
        var value: UInt16 = 0
        /// Of a block's type.
        var hash: UInt64 = 0
        var lookup = Lookup()
    }

    /// A path that is looked up in the same array elements as the current capture.
    struct Lookup {
        var path: UInt16 = 0
        var levels: UInt8 = 0
        /// The cursor of the search for this path.
        var cursor: UInt8 = 0
        /// The conditions that have to hold for the value to count.
        var conditions = Part()
        /// Of a call's id or name, who runs the call.
        var origin = ToolOrigin.client
    }

    /// The maximum number of paths that the lookups of one format may use.
    static var maxCursors: Int { 64 }

    let format: WireFormat
    let table: CaptureTable
    let paths: [PathEntry]
    let rules: [BoundRule]
    let conditions: [BoundCondition]
    let lookups: [Lookup]
    let values: [[UInt8]]
    let terminalPayloads: [[UInt8]]
    /// A detail's name, and what is noted of it.
    struct Detail {
        var name: [UInt8]
        var cameBit: UInt64
        var isOnce: Bool
        var isBlock: Bool
    }

    /// The details that rules read; empty if they were left out.
    let details: [Detail]
    /// Whether the rules of details are among the rules; then texts have the numbers of their blocks.
    let hasDetails: Bool
    /// Whether the types of blocks are remembered, because conditions ask for them.
    let remembersBlocks: Bool
    /// The same format with details; nil if this has them, or if there are none.
    let detailed: SharedTable<CompiledFormat>?
    /// The rules of a text format's payload.
    let payloadRules: Part
    let isText: Bool
    /// Whether every payload that is neither an error nor a terminal marker is plain text.
    let isPlainText: Bool
    /// A bit for each length of a terminal payload; the highest bit stands for all greater lengths.
    let terminalLengths: UInt64
    let countsTools: Bool
    let tellsUsageWhole: Bool
    /// Whether the stream numbers its events.
    let isNumbered: Bool
    let silentEvents: [[UInt8]]
    /// Whether payloads with one token signature have the same `type`, because conditions compare it.
    let comparesType: Bool

    /// The built-in formats, each compiled when a stream first needs it, for all streams: without details, and with them.
    private static let builtIn = Dictionary(
        uniqueKeysWithValues: WireFormat.all.map { format in
            let detailed = SharedTable { () throws(SluiceError) in try CompiledFormat(format, withDetails: true) }
            let plain = SharedTable { () throws(SluiceError) in try CompiledFormat(format, detailed: detailed) }
            return (format.name, (format, [plain, detailed]))
        })

    /// The format of a stream that has shown none: it reads errors only.
    static let none: CompiledFormat = {
        let format = WireFormat(name: "", framing: .sse, terminalPayloads: ["[DONE]"], rules: [])
        guard let compiled = try? CompiledFormat(format) else { fatalError("allocation failed for a table") }
        return compiled
    }()

    /// The framing, if no other is tried: a stream of documents may be one JSON document or JSON lines instead, such as the error of
    /// a server.
    var fixedFraming: Framing? { isText || format.framing == .jsonArray ? format.framing : nil }

    /// The framing that a caller's format fixes: its own, if it is not the one that this format is usually sent with.
    func fixedFraming(in asked: WireFormat) -> Framing? {
        asked.framing == format.framing ? fixedFraming : asked.framing
    }

    /// The framing of a stream that begins with these bytes; nil as long as several are possible.
    func framing(of bytes: Window, from start: Int) -> Framing? {
        if let fixedFraming { return fixedFraming }
        guard bytes.count > 0 else { return nil }
        if format.framing == .awsEventStream && bytes[0] != 0x7B { return .awsEventStream }
        if bytes[0] == 0xEF { return format.framing }
        guard let shown = detectFraming(bytes, from: start) else { return nil }
        // Lines may be keep-alives such as [].
        let isLine = format.framing == .ndjson && bytes[tellingLine(bytes, from: start)] == 0x5B
        return (shown == .ndjson || shown == .jsonArray) && !isLine ? shown : format.framing
    }

    /// Returns the compiled format. A built-in format is compiled once, for all framings.
    ///
    /// - Parameter kinds: The kinds that a stream emits: without details, their rules are left out, and cost nothing.
    /// - Throws: `invalidPath` for a path or condition that cannot be compiled.
    static func of(_ format: WireFormat, _ kinds: KindBits) throws(SluiceError) -> CompiledFormat {
        let details = kinds.hasDetails
        guard let (known, shared) = builtIn[format.name] else {
            return try CompiledFormat(format, withDetails: details)
        }
        var same = format
        same.framing = known.framing
        return try same == known ? shared[details ? 1 : 0].table() : CompiledFormat(format, withDetails: details)
    }

    /// - Throws: `invalidPath` for a path or condition that cannot be compiled.
    init(
        _ format: WireFormat, withDetails: Bool = false, detailed: SharedTable<CompiledFormat>? = nil
    ) throws(SluiceError) {
        var builder = FormatBuilder(format, withDetails: withDetails)
        try builder.build()
        self.format = format
        terminalPayloads = format.terminalPayloads.map { Array($0.utf8) }
        table = try CaptureTable(
            paths: builder.names, containers: builder.containers, discriminators: builder.discriminators,
            markers: terminalPayloads)
        paths = builder.entries
        rules = builder.rules
        conditions = builder.conditions
        lookups = builder.lookups
        values = builder.values
        details = builder.details.map { field in
            Detail(
                name: Array(field.rawValue.utf8), cameBit: field.cameBit, isOnce: field.isOnce,
                isBlock: field == .block)
        }
        hasDetails = withDetails
        remembersBlocks = builder.remembersBlocks
        let hasOthers = !withDetails && format.rules.contains { $0.field.meaning == .detail }
        self.detailed =
            detailed
            ?? (hasOthers
                ? SharedTable { () throws(SluiceError) in try CompiledFormat(format, withDetails: true) } : nil)
        payloadRules = builder.payloadRules
        isText = format.payload == .text
        let told = format.rules.filter { $0.path == "$" && !$0.conditions.contains(.errorEvent) }
        isPlainText =
            isText && told.count == 1 && told[0].field == .text
            && told[0].conditions.allSatisfy { $0 == .notErrorEvent }
        terminalLengths = format.terminalPayloads.reduce(0) { $0 | 1 << UInt64(min($1.utf8.count, 63)) }
        countsTools = format.toolNumbering == .counted
        tellsUsageWhole = format.tellsUsageWhole
        silentEvents = format.silentEvents.map { Array($0.utf8) }
        comparesType = builder.discriminators.contains("type")
        isNumbered = format.rules.contains { $0.field == .position || $0.field == .total }
    }
}
