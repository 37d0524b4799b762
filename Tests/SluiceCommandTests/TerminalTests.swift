import Foundation
import Testing

// What reaches a terminal: script(1) runs the command on a pseudo-terminal and passes on what is written to it.

@Suite("on a terminal", .hangGuard)
struct TerminalTests {
    static let hasTerminal: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["script", "-qec", "test -t 1", "/dev/null"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        if process.terminationStatus != 0 { print("skipped: script(1) gives no terminal here") }
        return process.terminationStatus == 0
    }()

    /// Runs a shell's command on a terminal, in `folder`; `sluice` is the built command.
    private func terminal(_ command: String, in folder: Folder) async throws -> String {
        let path = "\(Tool.url.deletingLastPathComponent().path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
        let result = try await Tool.run(
            ["-qec", "cd '\(folder.url.path)' && \(command)", "/dev/null"], input: Data(),
            environment: ["PATH": path, "SHELL": "/bin/sh", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"], program: "script")
        // The terminal itself puts a CR before an LF.
        return Self.withLineFeeds(result.output)
    }

    private static func withLineFeeds(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            while byte == 0x0A && bytes.last == 0x0D { bytes.removeLast() }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// As JSON has it, as a terminal gets it, and as it is.
    private static let controls: [(json: String, shown: String, raw: String)] = [
        (#"\u001b]0;title\u0007"#, "^[]0;title^G", "\u{1B}]0;title\u{07}"),
        (#"\u001b[2J\u001b[8mhidden"#, "^[[2J^[[8mhidden", "\u{1B}[2J\u{1B}[8mhidden"),
        (#"a\rb\u0008c\u0000d\u007f"#, "a^Mb^Hc^@d^?", "a\rb\u{08}c\0d\u{7F}"),
        (#"\u009b2J\u0085\u0080\u009f"#, "<U+009B>2J<U+0085><U+0080><U+009F>", "\u{9B}2J\u{85}\u{80}\u{9F}"),
        (
            #"\u202eabc\u202c\u2066x\u2069"#, "<U+202E>abc<U+202C><U+2066>x<U+2069>",
            "\u{202E}abc\u{202C}\u{2066}x\u{2069}"
        ),
        (
            #"tab\tline\nénde\u00a0 \u200f🌊\u2070\u202f"#, "tab\tline\nénde\u{A0} \u{200F}🌊\u{2070}\u{202F}",
            "tab\tline\nénde\u{A0} \u{200F}🌊\u{2070}\u{202F}"
        ),
    ]

    private static let allJSON = controls.map(\.json).joined(separator: "|")
    private static let allShown = controls.map(\.shown).joined(separator: "|")
    private static let allRaw = controls.map(\.raw).joined(separator: "|")

    /// A stream that says it everywhere that a stream can say anything.
    private static let everywhere: String = {
        let tool =
            "\"tool_calls\":[{\"index\":0,\"id\":\"\(allJSON)\",\"function\":{\"name\":\"\(allJSON)\",\"arguments\":\"\(allJSON)\"}}]"
        return chat("\"reasoning_content\":\"\(allJSON)\"") + chatText(allJSON) + chatText(allJSON, choice: 1)
            + chat("\"refusal\":\"\(allJSON)\"") + chat(tool)
            + chat("", more: ",\"finish_reason\":\"\(allJSON)\"")
            + "data: {\"broken \u{1B}[31m\u{9B}\u{202E}\n\n"
            + "data: {\"error\":{\"message\":\"\(allJSON)\",\"type\":\"\(allJSON)\"}}\n\n"
    }()

    private static func acting(_ text: String) -> [Unicode.Scalar] {
        text.unicodeScalars.filter {
            switch $0.value {
            case 0x0A, 0x09: false
            case 0...0x1F, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
            default: false
            }
        }
    }

    @Test(
        "control characters of text are shown, and all other text is as it was",
        .enabled(if: hasTerminal, "needs script(1)"))
    func text() async throws {
        try await Folder.with { folder in
            _ = try folder.file("a", chatText(Self.allJSON) + chatDone)
            #expect(try await terminal("sluice cat a", in: folder) == Self.allShown + "\n")
            #expect(try await terminal("sluice cat --words a", in: folder) == Self.allShown + "\n")
            let raw = try await terminal("sluice cat --raw a", in: folder)
            #expect(raw == Self.withLineFeeds(Self.allRaw + "\n"))
        }
    }

    @Test("a file and a pipe get every byte as it is", .enabled(if: hasTerminal, "needs script(1)"))
    func notTerminal() async throws {
        try await Folder.with { folder in
            let answer = chatText(Self.allJSON) + chatDone
            let result = try await Tool.run("cat", input: answer)
            #expect(result.output == Self.allRaw)
            // Standard error alone is a terminal.
            _ = try folder.file("a", answer)
            _ = try await terminal("sluice cat a > b", in: folder)
            #expect(try folder.text("b") == Self.allRaw)
        }
    }

    @Test(
        "nothing that a stream says anywhere acts on the terminal", .enabled(if: hasTerminal, "needs script(1)"),
        arguments: [
            "cat", "cat --words", "cat --json", "cat --tag", "cat --tag --json", "cat --reasoning hide", "collect",
            "frames",
            "cat --chunk 1", "cat --strategy ring", "cat --stats", "cat --text 'choices[].delta.content'",
        ])
    func everywhere(_ command: String) async throws {
        try await Folder.with { folder in
            _ = try folder.file("a\u{1B}[1m\u{9B}", Self.everywhere)
            let shown = try await terminal("sluice \(command) a*", in: folder)
            #expect(Self.acting(shown) == [], "\(shown)")
            #expect(shown.contains("title") && shown.contains("énde"))
            // Standard error, too, where output goes elsewhere.
            let errors = try await terminal("sluice \(command) a* > out", in: folder)
            #expect(Self.acting(errors) == [], "\(errors)")
            let recorded = try await terminal("cat a* | sluice record -o r --tee", in: folder)
            #expect(Self.acting(recorded) == [], "\(recorded)")
            #expect(recorded.contains("énde"))
        }
    }

    @Test(
        "JSON on a terminal says the same", .enabled(if: hasTerminal, "needs script(1)"),
        arguments: ["cat --json", "collect", "frames"])
    func json(_ command: String) async throws {
        try await Folder.with { folder in
            _ = try folder.file("a", chatText(Self.allJSON) + "data: \u{7F}\u{9B}\u{202E}\n\n" + chatDone)
            func objects(_ lines: String) throws -> [NSDictionary] {
                try lines.split(separator: "\n").filter { $0.hasPrefix("{") }.map {
                    try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? NSDictionary)
                }
            }
            let onTerminal = try await terminal("sluice \(command) a 2>/dev/null", in: folder)
            let inFile = try await Tool.run(
                command.split(separator: " ").map(String.init) + [folder.url.path + "/a"], input: Data())
            _ = try await terminal("sluice \(command) a > b 2>/dev/null", in: folder)
            #expect(Self.acting(onTerminal) == [])
            #expect(Self.acting(inFile.output) != [])
            #expect(try objects(onTerminal) == objects(folder.text("b")) && !onTerminal.isEmpty)
        }
    }

    @Test("a control that arrives in two pieces is shown", .enabled(if: hasTerminal, "needs script(1)"))
    func cut() async throws {
        // What comes first, what comes later, and what is to be seen of both.
        let pieces = [
            (#"a\302"#, #"\233b"#, "a<U+009B>b"), (#"a\342"#, #"\200\256b"#, "a<U+202E>b"),
            (#"a\342\201"#, #"\246b"#, "a<U+2066>b"), (#"a\303"#, #"\251b"#, "aéb"), (#"a\r"#, #"\nb"#, "a\nb"),
            (#"a\r"#, "b", "a^Mb"), (#"a\302"#, "b", "a<C2>b"), (#"a\302"#, "", "a<C2>"), (#"a\r"#, "", "a^M"),
            (#"a\302"#, #"\302\233b"#, "a<C2><U+009B>b"), (#"a\233"#, "b", "a<9B>b"),
            (#"a\340\202"#, #"\233b"#, "a<E0><82><9B>b"), (#"\360\237"#, #"\214\212"#, "🌊"),
            (#"a\300\233"#, "b", "a<C0><9B>b"),
        ]
        try await Folder.with { folder in
            for (number, (first, second, shown)) in pieces.enumerated() {
                let output = try await terminal(
                    "(printf '\(first)'; sleep 0.1; printf '\(second)') | sluice record --tee -o r\(number) 2>/dev/null",
                    in: folder)
                #expect(output == shown, "\(first), \(second)")
                let raw = try await terminal(
                    "(printf '\(first)'; sleep 0.1; printf '\(second)') | sluice record --tee --raw -o w\(number) 2>/dev/null",
                    in: folder)
                #expect((shown.contains("<") || shown.contains("^")) == (raw != shown), "\(first), \(second)")
            }
        }
    }

    @Test("names that the user gives are shown in messages", .enabled(if: hasTerminal, "needs script(1)"))
    func names() async throws {
        try await Folder.with { folder in
            for command in [
                "cat \"$(printf 'no\\033[1m')\"", "cat --format \"$(printf 'x\\033[1m')\" a",
                "--bogus\"$(printf '\\033[1m')\"", "formats \"$(printf 'x\\302\\233')\"",
                "record -o \"$(printf 'a\\033[1m/b')\" -- \"$(printf 'no\\033')\"",
            ] {
                let shown = try await terminal("sluice \(command)", in: folder)
                #expect(!shown.isEmpty && Self.acting(shown) == [], "\(shown)")
            }
        }
    }

    @Test("reasoning is still dimmed by the command's own codes", .enabled(if: hasTerminal, "needs script(1)"))
    func dimmed() async throws {
        try await Folder.with { folder in
            _ = try folder.file("a", chat("\"reasoning_content\":\"Hm\\u001b[22m\"") + chatText("Hi") + chatDone)
            let shown = try await terminal("NO_COLOR= TERM=xterm sluice cat a", in: folder)
            #expect(shown == "\u{1B}[2mHm^[[22m\u{1B}[22m\nHi\n")
        }
    }
}
