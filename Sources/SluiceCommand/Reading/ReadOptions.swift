import ArgumentParser
import Sluice

/// Which buffer the bytes go through. The result is the same with each.
enum Strategy: String, CaseIterable, ExpressibleByArgument {
    case ring
    case linear
    case borrowed

    var layout: BufferLayout { self == .linear ? .linear : .mirrored }
}

/// How the bytes are handed to the engine; for trying it out and for measuring.
struct FeedOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Feed this many bytes at a time.", valueName: "bytes"))
    var chunk: Int?

    @Option(
        help: ArgumentHelp(
            "Buffer: ring (mirrored memory), linear (memory with compaction) or borrowed (none but an event's tail).",
            valueName: "ring|linear|borrowed"))
    var strategy = Strategy.borrowed

    @Option(
        name: .customLong("limit"),
        help: ArgumentHelp(
            "A limit other than the usual one; may be repeated. Names: \(LimitSetting.names). What passes one is skipped and "
                + "told, or with whenExceeded=fail ends the stream.", valueName: "name=value"))
    var limitSettings: [String] = []

    func validate() throws {
        if let chunk, !(1...(1 << 30)).contains(chunk) {
            throw ValidationError("--chunk is \(chunk); give a number of bytes from 1 to \(1 << 30)")
        }
        _ = try limits()
    }

    /// Bytes read at a time where nothing else is asked for.
    static var defaultBytes: Int { 64 << 10 }

    /// Bytes handed to the parser at a time.
    var pieceBytes: Int { chunk ?? Self.defaultBytes }

    /// Bytes read from the system at a time: as many whole pieces as the usual read takes, and one at least; but no more
    /// than the file has, and than a pipe holds.
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

/// What the streams are: detected, named, or described by paths.
struct FormatOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The wire format; 'sluice formats' lists them. Detected unless told.", valueName: "name"))
    var format: String?

    @Option(
        help: ArgumentHelp(
            "A format of your own: the JSON path of its text, such as 'choices[].delta.content'. May be repeated. "
                + "With --format, that format with other text.", valueName: "path"))
    var text: [String] = []

    @Option(
        help: ArgumentHelp(
            "With --text: the stream is complete where PATH has a value, or this one. Unless told: '[DONE]' as data, "
                + "or done=true.", valueName: "path[=value]"))
    var done: [String] = []

    @Option(
        help: ArgumentHelp(
            "With --format or --text: how the stream is cut into events.", valueName: "sse|ndjson|json-array|aws"))
    var framing: String?

    func validate() throws { _ = try selection() }

    /// The format that the options describe.
    func selection() throws -> FormatSelection {
        let cut = try framing.map { try Names.framing($0, option: "--framing") }
        if !done.isEmpty && text.isEmpty {
            throw ValidationError("--done is given without --text; a named format knows its own end")
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
        return try own(cut)
    }

    private func own(_ cut: Framing?) throws -> FormatSelection {
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
            _ = try StreamParser(format: table)
        } catch {
            throw ValidationError(error.detail + "; paths are names joined by dots, with [] behind arrays")
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

/// A format to read with; nil is detected with its framing.
struct FormatSelection: Sendable {
    var format: WireFormat?
    /// The format is given, but its framing is what the first bytes show.
    var detectsFraming: Bool
    /// The paths of its text, where the user gave them.
    var textPaths: [String] = []
}
