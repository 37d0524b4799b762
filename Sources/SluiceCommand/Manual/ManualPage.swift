import Foundation

// Manual pages in mdoc(7), which man-db, mandoc and macOS read. They have what `--help` has, from the same description, so
// that the two cannot differ.

/// One page of section 1.
struct ManualPage {
    /// The file's name without its ending, such as `sluice-cat`.
    let name: String
    private let command: CommandDescription
    /// `sluice cat`.
    private let invocation: String
    private let all: CommandDescription
    private var lines: [String] = []

    /// The pages of the command and of each subcommand.
    static func all(of command: CommandDescription, date: Date, version: String) -> [ManualPage] {
        ([nil] + command.shownSubcommands.map { $0 }).map { subcommand in
            var page = ManualPage(subcommand, of: command)
            page.write(date: date, version: version)
            return page
        }
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    private init(_ subcommand: CommandDescription?, of all: CommandDescription) {
        self.all = all
        command = subcommand ?? all
        invocation = [all.commandName, subcommand?.commandName].compactMap(\.self).joined(separator: " ")
        name = invocation.replacingOccurrences(of: " ", with: "-")
    }

    private mutating func write(date: Date, version: String) {
        let day = date.formatted(
            .verbatim(
                "\(month: .wide) \(day: .defaultDigits), \(year: .defaultDigits)", locale: Locale(identifier: "en_US"),
                timeZone: .gmt, calendar: Calendar(identifier: .gregorian)))
        lines += [".Dd \(day)", ".Dt \(name.uppercased()) 1", ".Os \"\(version)\"", ".Sh NAME", ".Nm \(name)"]
        let abstract = (command.abstract ?? "").replacingOccurrences(of: " (the default)", with: "")
        lines.append(".Nd \(Self.quoted(abstract.hasSuffix(".") ? String(abstract.dropLast()) : abstract))")
        writeSynopsis()
        let (discussion, statuses) = Self.split(command.discussion ?? "")
        lines.append(".Sh DESCRIPTION")
        if discussion.isEmpty { writeText(command.abstract ?? "") } else { writeText(discussion) }
        writeSubcommands()
        writeArguments()
        writeStatuses(statuses)
        writeReferences()
    }

    private mutating func writeSynopsis() {
        lines += [".Sh SYNOPSIS", ".Nm \(Self.quoted(invocation))"]
        if command.subcommands?.isEmpty == false {
            lines += [".Op Ar subcommand"]
        }
        lines.append(".Op Ar options")
        for argument in command.shownArguments where argument.kind == "positional" {
            let dots = argument.isRepeating ? " ..." : ""
            let dashes = argument.parsingStrategy == "postTerminator" ? "Fl - " : ""
            lines.append(".\(argument.isOptional ? "Op " : "")\(dashes)Ar \(Self.value(argument))\(dots)")
        }
    }

    private mutating func writeSubcommands() {
        guard !command.shownSubcommands.isEmpty else { return }
        lines += [".Sh SUBCOMMANDS", ".Bl -tag -width Ds"]
        for subcommand in command.shownSubcommands {
            lines.append(".It Cm \(subcommand.commandName)")
            writeText(subcommand.abstract ?? "")
            lines += ["See", ".Xr \(all.commandName)-\(subcommand.commandName) 1 ."]
        }
        lines.append(".El")
    }

    private mutating func writeArguments() {
        let positional = command.shownArguments.filter { $0.kind == "positional" }
        if !positional.isEmpty { writeList(".Sh ARGUMENTS", positional) }
        let options = command.shownArguments.filter { $0.kind != "positional" }
        var titles: [String] = []
        for argument in options {
            if let title = argument.sectionTitle, !titles.contains(title) { titles.append(title) }
        }
        lines.append(".Sh OPTIONS")
        for title in titles { writeList(".Ss \(Self.quoted(title))", options.filter { $0.sectionTitle == title }) }
        writeList(".Ss Other", options.filter { $0.sectionTitle == nil })
    }

    private mutating func writeList(_ title: String, _ arguments: [CommandDescription.Argument]) {
        lines += [title, ".Bl -tag -width Ds"]
        for argument in arguments { write(argument) }
        lines.append(".El")
    }

    private mutating func write(_ argument: CommandDescription.Argument) {
        let names = (argument.names ?? []).map { "Fl \(Self.quoted(String($0.text.dropFirst())))" }
        let value = argument.kind == "flag" ? [] : ["Ar \(Self.value(argument))"]
        if argument.kind == "positional" {
            lines.append(".It \(value.joined())")
        } else {
            lines.append(".It " + names.map { ([$0] + value).joined(separator: " ") }.joined(separator: " , "))
        }
        writeText(argument.abstract ?? "")
        if let first = argument.defaultValue { writeText("The default is \(first).") }
    }

    /// The table of exit statuses, and what follows it.
    private mutating func writeStatuses(_ statuses: [String]) {
        guard !statuses.isEmpty else { return }
        lines += [".Sh EXIT STATUS", ".Bl -tag -width Ds"]
        let rows = statuses.filter { $0.hasPrefix("  ") }
        for row in rows {
            let parts = row.split(separator: " ", maxSplits: 1).map { $0.drop { $0 == " " } }
            lines.append(".It \(parts[0])")
            writeText(String(parts.count > 1 ? parts[1] : ""))
        }
        lines.append(".El")
        let rest = statuses.filter { !$0.hasPrefix("  ") && !$0.isEmpty }.joined(separator: " ")
        if !rest.isEmpty {
            lines.append(".Pp")
            writeText(rest)
        }
    }

    private mutating func writeReferences() {
        let names = [all.commandName] + all.shownSubcommands.map { "\(all.commandName)-\($0.commandName)" }
        let others = (names + ["curl", "jq"]).filter { $0 != name }.sorted()
        lines.append(".Sh SEE ALSO")
        for other in others { lines.append(".Xr \(other) 1" + (other == others.last ? "" : " ,")) }
    }

    /// Paragraphs, and indented lines as they are.
    private mutating func writeText(_ text: String) {
        var isLiteral = false
        var needsParagraph = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("  ") != isLiteral && !line.isEmpty {
                isLiteral.toggle()
                lines.append(isLiteral ? ".Bd -literal -offset indent" : ".Ed")
                needsParagraph = needsParagraph && !isLiteral
            }
            if line.isEmpty {
                needsParagraph = true
                continue
            }
            if needsParagraph { lines.append(isLiteral ? "" : ".Pp") }
            needsParagraph = false
            if isLiteral {
                lines.append(Self.escaped(line.dropFirst(2)))
            } else {
                // Each sentence on a line of its own, as mdoc wants it.
                lines += Self.sentences(line).flatMap { Self.wrapped($0) }
            }
        }
        if isLiteral { lines.append(".Ed") }
    }

    /// A discussion without its table of exit statuses, and the lines of that.
    private static func split(_ discussion: String) -> (String, [String]) {
        let title = "EXIT STATUS\n"
        guard let range = discussion.range(of: title) else { return (discussion, []) }
        let text = discussion[..<range.lowerBound].trimmingCharacters(in: .newlines)
        return (text, discussion[range.upperBound...].components(separatedBy: "\n"))
    }

    /// The lines of a sentence, each short enough to be read in the file.
    private static func wrapped(_ sentence: Substring) -> [String] {
        var found: [String] = []
        for word in sentence.split(separator: " ") {
            let word = escaped(word)
            if let last = found.last, last.count + word.count < 79 {
                found[found.count - 1] = last + " " + word
            } else {
                found.append(word)
            }
        }
        return found
    }

    private static func sentences(_ text: Substring) -> [Substring] {
        var found: [Substring] = []
        var start = text.startIndex
        for match in text.matches(of: /[.:!?] (?=[A-Z'])/) {
            found.append(text[start..<text.index(before: match.range.upperBound)])
            start = match.range.upperBound
        }
        return found + [text[start...]]
    }

    /// A value's name, which may have several words or punctuation.
    private static func value(_ argument: CommandDescription.Argument) -> String {
        quoted(argument.valueName ?? "value")
    }

    /// One argument of a macro.
    private static func quoted(_ text: String) -> String {
        "\"" + escaped(text[...]).replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }

    /// Text in which nothing is taken for a macro or an escape; ASCII alone, for any encoding.
    private static func escaped(_ text: some StringProtocol) -> String {
        var line = text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" : ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": line += "\\e"
            case "-": line += "\\-"
            case "'": line += "\\(aq"
            case "^": line += "\\(ha"
            case "~": line += "\\(ti"
            case _ where scalar.isASCII: line.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                line += "\\[u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "]"
            }
        }
        return line
    }
}
