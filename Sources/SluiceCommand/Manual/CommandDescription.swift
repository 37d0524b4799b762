import ArgumentParser
import Foundation

/// What the argument parser knows of a command: what `--experimental-dump-help` prints.
struct CommandDescription: Decodable {
    struct Tool: Decodable { var command: CommandDescription }

    struct Argument: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String

            /// As it is typed.
            var text: String { (kind == "long" ? "--" : "-") + name }
        }

        var kind: String
        var abstract: String?
        var valueName: String?
        var names: [Name]?
        var sectionTitle: String?
        var isOptional: Bool
        var isRepeating: Bool
        var shouldDisplay: Bool
        var parsingStrategy: String
        var allValues: [String]?
        var defaultValue: String?
    }

    var commandName: String
    var abstract: String?
    var discussion: String?
    var shouldDisplay: Bool?
    var arguments: [Argument]?
    var subcommands: [CommandDescription]?

    /// The description of the whole command.
    static func whole() throws -> CommandDescription {
        try JSONDecoder().decode(Tool.self, from: Data(SluiceCommand._dumpHelp().utf8)).command
    }

    /// Subcommands that `--help` lists, without `help` itself.
    var shownSubcommands: [CommandDescription] {
        (subcommands ?? []).filter { ($0.shouldDisplay ?? true) && $0.commandName != "help" }
    }

    var shownArguments: [Argument] { (arguments ?? []).filter(\.shouldDisplay) }
}
