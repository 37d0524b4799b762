import ArgumentParser
import Sluice

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
            "The JSON path of reasoning, beside --text or --format; may be repeated. 'cat' also takes show (the default) or hide: "
                + "whether to print reasoning.", valueName: "path|show|hide"))
    var reasoning: [String] = []

    @Option(
        help: ArgumentHelp(
            "The JSON path of a part of tool calls: id, name, arguments or number, beside --text or --format; may be repeated.",
            valueName: "part=path"))
    var tool: [String] = []

    @Option(
        help: ArgumentHelp(
            "The JSON path of an error, beside --text or --format; may be repeated.", valueName: "path"))
    var error: [String] = []

    @Option(
        help: ArgumentHelp(
            "The JSON path of any other field, such as finish, input-tokens or signature, or of one of your own, beside --text or "
                + "--format; may be repeated.", valueName: "name=path"))
    var field: [String] = []

    @Option(
        help: ArgumentHelp(
            "A custom format: a table in a file, as JSON. The options above add to it.", valueName: "file"),
        completion: .file())
    var table: String?

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

    /// Whether reasoning is printed, where that is asked.
    var showsReasoning: Bool { reasoning.last { Self.isDisplay($0) } != "hide" }

    private static func isDisplay(_ value: String) -> Bool { value == "show" || value == "hide" }

    private var reasoningPaths: [String] { reasoning.filter { !Self.isDisplay($0) } }

    func validate() throws { _ = try selection() }

    /// The rules that the options add.
    private func rules() throws -> [Rule] {
        var rules = text.map { Rule($0, .text) } + reasoningPaths.map { Rule($0, .reasoning) }
        rules += error.map { Rule($0, .error) }
        let parts: [String: Field] = [
            "id": .toolID, "name": .toolName, "arguments": .toolArguments, "number": .tool,
        ]
        for option in tool {
            let (name, path) = try Self.pair(option, "--tool", "name=calls[].function")
            guard let part = parts[name] else {
                throw ValidationError("--tool has no part '\(name)'; give id, name, arguments or number")
            }
            rules.append(Rule(path, part))
        }
        for option in field {
            let (name, path) = try Self.pair(option, "--field", "mood=delta.mood")
            rules.append(Rule(path, Field(rawValue: name) ?? .custom(name)))
        }
        return rules + done.map(Self.terminalRule)
    }

    private static func pair(_ option: String, _ name: String, _ example: String) throws -> (String, String) {
        guard let sign = option.firstIndex(of: "="), sign > option.startIndex else {
            throw ValidationError("\(name) is '\(option)'; give a name and a path, such as '\(name) \(example)'")
        }
        return (String(option[..<sign]), String(option[option.index(after: sign)...]))
    }

    /// The format that the options describe.
    func selection() throws -> FormatSelection {
        let cut = try framing.map { try Names.framing($0, option: "--framing") }
        let rules = try rules()
        if !done.isEmpty && rules.count == done.count && table == nil {
            throw ValidationError(
                "--done is given without --text; leave it out, a named format has its own terminal marker")
        }
        if !rules.isEmpty && text.isEmpty && format == nil && table == nil {
            let isReasoning = !reasoningPaths.isEmpty
            throw ValidationError(
                isReasoning
                    ? "--reasoning is '\(reasoningPaths[0])'; give show or hide, or beside a path --text, --format or --table"
                    : "--tool, --error and --field add to a format; give --text, --format or --table too")
        }
        if rules.isEmpty && table == nil {
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
        return try custom(rules, cut)
    }

    private func custom(_ rules: [Rule], _ cut: Framing?) throws -> FormatSelection {
        var table = WireFormat(
            name: "custom", framing: cut ?? .sse, payload: text == ["$"] ? .text : .json, terminalPayloads: ["[DONE]"],
            rules: [
                Rule("error", .error), Rule("error.message", .errorMessage), Rule("error.type", .errorType),
                Rule("error.code", .errorType),
            ])
        var detects = cut == nil
        if let path = self.table {
            if format != nil {
                throw ValidationError(
                    "--table and --format are given; a table has a member 'extends' for a format to begin with")
            }
            table = try Self.table(in: path)
            table.framing = cut ?? table.framing
        } else if let format {
            detects = false
            if let framing = Framing(rawValue: format) {
                table.framing = cut ?? framing
            } else {
                table = try Names.format(format)
                if !text.isEmpty { table.rules.removeAll { $0.field == .text } }
                if let cut { table.framing = cut }
            }
        } else if done.isEmpty && table.payload == .json {
            table.rules.append(Rule("done", .terminal, when: .isTrue("done")))
        }
        if table.payload == .text && self.table == nil { table.rules = [] }
        table.rules += rules
        do {
            try table.validate()
        } catch {
            throw ValidationError(error.detail + "; a path is names joined by dots, with [] after arrays")
        }
        return FormatSelection(format: table, detectsFraming: detects && self.table == nil, textPaths: text)
    }

    private static func table(in path: String) throws -> WireFormat {
        let text: String
        do throws(SystemError) {
            text = try InputFile.text(of: path, upTo: 1 << 20)
        } catch {
            throw ValidationError("cannot read the table '\(path)': \(error.reason)")
        }
        do throws(SluiceError) {
            return try WireFormat(json: text)
        } catch {
            throw ValidationError("\(path): \(error.detail)")
        }
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
