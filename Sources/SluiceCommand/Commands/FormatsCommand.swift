import ArgumentParser
import Sluice

/// `sluice formats`: the table of each wire format.
struct FormatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "formats",
        abstract: "List the wire formats with their tables: which JSON path has which meaning.")

    @Argument(
        help: ArgumentHelp("Print this format only.", valueName: "name"), completion: .list(WireFormat.all.map(\.name)))
    var name: String?

    @Flag(help: "Print one JSON object per format.")
    var json = false

    func validate() throws { _ = try name.map(Names.format) }

    func run() throws {
        var session = Session()
        let formats = try name.map { [try Names.format($0)] } ?? WireFormat.all
        for (position, format) in formats.enumerated() {
            let table = FormatTable(format: format)
            if json {
                table.printJSON(&session.output)
            } else {
                if position > 0 { session.output.append("\n" as StaticString) }
                table.print(&session.output)
            }
        }
        try session.finish()
    }
}
