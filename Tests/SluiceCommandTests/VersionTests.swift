import Foundation
import Testing

@Suite("version and first help", .hangGuard)
struct VersionTests {
    private static let version = "0.2.0"

    private static func text(_ path: String) -> String? {
        try? String(contentsOf: Tool.package.appending(path: path), encoding: .utf8)
    }

    @Test("--version prints it, for the command and each subcommand")
    func printed() async throws {
        for arguments in [["--version"], ["cat", "--version"], ["formats", "--version"]] {
            let result = try await Tool.run(arguments, input: Data())
            #expect(result.output == "sluice \(Self.version)\n" && result.errors == "" && result.status == 0)
        }
    }

    @Test("the header, from which scripts/install.sh takes it, and the change log have the same")
    func everywhere() throws {
        let header = try #require(Self.text("Sources/CSluice/include/sluice.h"))
        #expect(header.contains("#define SLUICE_VERSION \"\(Self.version)\""))
        let script = try #require(Self.text("scripts/install.sh"))
        #expect(script.contains("version=$(value_of SLUICE_VERSION)"))
        // The newest release stands first.
        if let log = Self.text("CHANGELOG.md") {
            let heading = log.split(separator: "\n").first { $0.hasPrefix("## ") && $0.contains(/\d+\.\d+\.\d+/) }
            #expect(heading?.contains(Self.version) == true, "\(heading ?? "no release")")
        }
    }

    @Test("'sluice' alone on a terminal prints how to use it and ends", .enabled(if: TerminalTests.hasTerminal))
    func alone() async throws {
        let result = try await Tool.run(
            ["-qec", "'\(Tool.url.path)' 2>&1 >/dev/null; echo \"status $?\"", "/dev/null"], input: Data(),
            program: "script")
        #expect(result.output.hasPrefix("Usage: sluice ") && result.output.contains("status 1"), "\(result.output)")
        for name in ["cat", "collect", "frames", "formats", "record", "sluice --help"] {
            #expect(result.output.contains(name))
        }
    }

    @Test("with a pipe, '-' or a subcommand the input is read", .enabled(if: TerminalTests.hasTerminal))
    func reads() async throws {
        let piped = try await Tool.run([], input: Data((chatText("Hi") + chatDone).utf8))
        #expect(piped.output == "Hi" && piped.status == 0)
        try await Folder.with { folder in
            let input = Data((chatText("Hi") + chatDone).utf8) + [4]
            for arguments in ["-", "cat", "cat -"] {
                // The terminal hands on what script(1) reads, up to Ctrl-D.
                let result = try await Tool.run(
                    ["-qec", "stty -echo; '\(Tool.url.path)' \(arguments)", "/dev/null"], input: input,
                    program: "script")
                #expect(result.output.contains("Hi") && !result.output.contains("Usage"), "\(result.output)")
            }
        }
    }

    @Test("standard input can be given once, beside files")
    func standardInput() async throws {
        for command in ["cat", "collect", "frames", "cat --tag"] {
            let words = command.split(separator: " ").map(String.init)
            let twice = try await Tool.run(words + ["-", "-"], input: Data(fullAnswer.utf8))
            #expect(twice.status == 1 && twice.output == "")
            #expect(twice.errors.contains("'-' is given 2 times, and standard input can be read once"))
        }
        try await Folder.with { folder in
            let path = try folder.file("a", chatText("file") + chatDone)
            let tagged = try await Tool.run("cat", "--tag", "-", path, input: chatText("pipe") + chatDone)
            #expect(Set(tagged.lines) == ["-: pipe", "a: file"])
        }
    }

    @Test("help begins with the options that most people look for, and ends with the exit statuses")
    func order() async throws {
        for command in ["cat", "collect", "frames"] {
            let help = try await Tool.run(command, "--help").output
            let titles = ["USAGE:", "ARGUMENTS:", "OUTPUT:", "TERMINAL:", "TUNING:", "OPTIONS:", "EXIT STATUS"]
            let places = titles.map { help.range(of: "\n" + $0)?.lowerBound }
            #expect(!places.contains(nil) && places.compactMap(\.self) == places.compactMap(\.self).sorted(), "\(help)")
        }
    }
}
