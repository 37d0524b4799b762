import ArgumentParser
import Sluice

/// The buffer that bytes go through. It does not change the result.
enum Strategy: String, CaseIterable, ExpressibleByArgument {
    case ring
    case linear
    case borrowed

    var layout: BufferLayout { self == .linear ? .linear : .mirrored }
}

/// How bytes are passed to the engine: for tests and measurements.
struct FeedOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Pass this many bytes to the parser at a time.", valueName: "bytes"))
    var chunk: Int?

    @Option(
        help: ArgumentHelp(
            "The parser's buffer: ring (mirrored memory), linear (memory with compaction) or borrowed (the start of a cut event "
                + "only).",
            valueName: "ring|linear|borrowed"))
    var strategy = Strategy.borrowed

    @Option(
        name: .customLong("limit"),
        help: ArgumentHelp(
            "Set a limit; may be repeated. Limits and defaults: \(LimitSetting.names). What exceeds one is skipped and reported; "
                + "with whenExceeded=fail it ends the stream.", valueName: "name=value"))
    var limitSettings: [String] = []

    func validate() throws {
        if let chunk, !(1...(1 << 30)).contains(chunk) {
            throw ValidationError("--chunk is \(chunk); give a number of bytes from 1 to \(1 << 30)")
        }
        _ = try limits()
    }

    /// Bytes read at a time by default.
    static var defaultBytes: Int { 64 << 10 }

    /// Bytes handed to the parser at a time.
    var pieceBytes: Int { chunk ?? Self.defaultBytes }

    /// Bytes read from the system at a time: as many whole pieces as fit the default, and at least one; but no more than the
    /// file has, or a pipe holds.
    func readBytes(of file: Input) -> Int {
        let most = max(Self.defaultBytes, file.size ?? 1 << 20)
        return min(most, max(pieceBytes, Self.defaultBytes / pieceBytes * pieceBytes))
    }

    /// The parser's own ring is what read(2) writes into.
    var fillsDirectly: Bool { strategy != .borrowed && chunk == nil }

    /// The limits that the options describe.
    func limits() throws -> Limits {
        var limits = Limits()
        for setting in limitSettings { try LimitSetting.apply(setting, to: &limits) }
        return limits
    }
}

/// The format of the streams: detected, named, or described by paths.
struct FormatOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The wire format; detected by default. 'sluice formats' lists them.", valueName: "name"),
        completion: .list(WireFormat.all.map(\.name)))
    var format: String?

    @Option(
        help: ArgumentHelp(
            "A custom format: the JSON path of its text, such as 'choices[].delta.content'; may be repeated. With --format, "
                + "that format with its text at this path.", valueName: "path"))
    var text: [String] = []

    @Option(
        help: ArgumentHelp(
            "With --text: an event in which PATH has a value, or this VALUE, completes the stream. The default is the data "
                + "'[DONE]', or done=true.", valueName: "path[=value]"))
    var done: [String] = []

    @Option(
        help: ArgumentHelp(
            "With --format or --text: the framing.", valueName: "sse|ndjson|json-array|aws"),
        completion: .list(Framing.allCases.map(\.rawValue)))
    var framing: String?

    func validate() throws { _ = try selection() }

    /// The format that the options describe.
    func selection() throws -> FormatSelection {
        let cut = try framing.map { try Names.framing($0, option: "--framing") }
        if !done.isEmpty && text.isEmpty {
            throw ValidationError(
                "--done is given without --text; leave it out, a named format has its own terminal marker")
        }
        if text.isEmpty {
            guard let format else {
                if cut == nil { return FormatSelection(format: nil, detectsFraming: true) }
                throw ValidationError("--framing is given without --format or --text; leave it out, or name the format")
            }
            if let framing = Framing(rawValue: format) {
                throw ValidationError(
                    "'\(framing.rawValue)' is a framing, not a wire format; add --text PATH, or name a format: \(Names.formats)"
                )
            }
            var named = try Names.format(format)
            if let cut { named.framing = cut }
            return FormatSelection(format: named, detectsFraming: false)
        }
        return try custom(cut)
    }

    private func custom(_ cut: Framing?) throws -> FormatSelection {
        var table = WireFormat(
            name: "custom", framing: cut ?? .sse, payload: text == ["$"] ? .text : .json, terminalPayloads: ["[DONE]"],
            rules: [
                Rule("error", .error), Rule("error.message", .errorMessage), Rule("error.type", .errorType),
                Rule("error.code", .errorType),
            ])
        var detects = cut == nil
        if let format {
            detects = false
            if let framing = Framing(rawValue: format) {
                table.framing = cut ?? framing
            } else {
                table = try Names.format(format)
                table.rules.removeAll { $0.field == .text }
                if let cut { table.framing = cut }
            }
        } else if done.isEmpty && table.payload == .json {
            table.rules.append(Rule("done", .terminal, when: .isTrue("done")))
        }
        if table.payload == .text { table.rules = [] }
        table.rules += text.map { Rule($0, .text) } + done.map(Self.terminalRule)
        do {
            try table.validate()
        } catch {
            throw ValidationError(error.detail + "; a path is names joined by dots, with [] after arrays")
        }
        return FormatSelection(format: table, detectsFraming: detects, textPaths: text)
    }

    private static func terminalRule(_ option: String) -> Rule {
        guard let sign = option.firstIndex(of: "=") else { return Rule(option, .terminal) }
        let path = String(option[..<sign])
        let value = String(option[option.index(after: sign)...])
        return Rule(path, .terminal, when: value == "true" ? .isTrue(path) : .equals(path, value))
    }
}

/// The format to read with; nil where it is detected with its framing.
struct FormatSelection: Sendable {
    var format: WireFormat?
    /// The format is given, and its framing is detected from the first bytes.
    var detectsFraming: Bool
    /// The paths of its text, if the user gave any.
    var textPaths: [String] = []
}
