import Foundation
import Testing

@Suite("manual pages and completions", .hangGuard)
struct ManualTests {
    private struct Description: Decodable {
        struct Command: Decodable {
            struct Argument: Decodable {
                struct Name: Decodable {
                    var kind: String
                    var name: String
                }
                var names: [Name]?
                var shouldDisplay: Bool
            }
            var commandName: String
            var shouldDisplay: Bool?
            var arguments: [Argument]?
            var subcommands: [Command]?
        }
        var command: Command
    }

    private static func subcommands() async throws -> [Description.Command] {
        let dump = try await Tool.run("--experimental-dump-help").output
        let whole = try JSONDecoder().decode(Description.self, from: Data(dump.utf8)).command
        return (whole.subcommands ?? []).filter { ($0.shouldDisplay ?? true) && $0.commandName != "help" }
    }

    private static func has(_ program: String) async -> Bool {
        let result = try? await Tool.run(["-c", "command -v \(program)"], input: Data(), program: "sh")
        return result?.status == 0
    }

    @Test("there is a page for each subcommand, which names every option")
    func pages() async throws {
        try await Folder.with { folder in
            let place = folder.url.appendingPathComponent("man1")
            let result = try await Tool.run(
                ["manual", place.path], input: Data(), environment: ["SOURCE_DATE_EPOCH": "86400"])
            #expect(result.status == 0 && result.errors == "")
            let commands = try await Self.subcommands()
            #expect(commands.count >= 5)
            let names = ["sluice.1"] + commands.map { "sluice-\($0.commandName).1" }
            #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).sorted() == names.sorted())
            #expect(result.lines == names)
            let main = try Folder(url: place).text("sluice.1")
            for command in commands {
                #expect(main.contains(".Xr sluice-\(command.commandName) 1"))
                let page = try Folder(url: place).text("sluice-\(command.commandName).1")
                #expect(page.hasPrefix(".Dd January 2, 1970\n.Dt SLUICE-\(command.commandName.uppercased()) 1\n"))
                for option in (command.arguments ?? []).filter(\.shouldDisplay).flatMap({ $0.names ?? [] }) {
                    let name = (option.kind == "long" ? "\\-" : "") + option.name.replacing("-", with: "\\-")
                    #expect(page.contains("Fl \"\(name)\""), "\(command.commandName) \(option.name)")
                }
                #expect(!page.contains { !$0.isASCII })
            }
        }
    }

    @Test("mandoc and man have nothing to warn of")
    func lint() async throws {
        try await Folder.with { folder in
            _ = try await Tool.run("manual", folder.url.path)
            let pages = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).filter {
                $0.hasSuffix(".1")
            }
            #expect(pages.count >= 6)
            for page in pages {
                let path = folder.url.appendingPathComponent(page).path
                for (program, arguments) in [
                    ("mandoc", ["-T", "lint", "-W", "warning"]), ("man", ["--warnings", "-l"]),
                ]
                where await Self.has(program) {
                    let result = try await Tool.run(arguments + [path], input: Data(), program: program)
                    #expect(result.status == 0 && result.errors == "", "\(program) \(page): \(result.errors)")
                    if program == "mandoc" { #expect(result.output == "") }
                }
            }
        }
    }

    @Test("a folder that cannot be written is an error")
    func refused() async throws {
        let result = try await Tool.run("manual", "/dev/null/man1")
        #expect(result.status == 1 && result.errors.contains("cannot write the manual pages to '/dev/null/man1'"))
    }

    @Test("each shell accepts its completions, which name the subcommands", arguments: ["bash", "zsh", "fish"])
    func completions(_ shell: String) async throws {
        let script = try await Tool.run("--generate-completion-script", shell)
        #expect(script.status == 0 && script.output.count > 1000)
        for command in try await Self.subcommands() { #expect(script.output.contains(command.commandName)) }
        #expect(script.output.contains("last-event-id") && !script.output.contains("manual"))
        guard await Self.has(shell) else { return print("skipped: there is no \(shell) here") }
        try await Folder.with { folder in
            let path = try folder.file("completions", script.output)
            let result = try await Tool.run(["-n", path], input: Data(), program: shell)
            #expect(result.status == 0 && result.errors == "", "\(result.errors)")
        }
    }
}
