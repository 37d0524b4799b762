import ArgumentParser
import Foundation

/// `sluice manual`: writes the manual pages, for whoever installs the command.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "Write the manual pages (sluice.1, sluice-cat.1, …) to a folder.",
        discussion: "The date of the pages is today's, or that of SOURCE_DATE_EPOCH.",
        shouldDisplay: false)

    @Argument(help: ArgumentHelp("The folder; created if it is missing.", valueName: "folder"), completion: .directory)
    var folder: String

    func run() throws {
        var session = Session()
        let place = URL(fileURLWithPath: folder, isDirectory: true)
        let seconds = System.environment("SOURCE_DATE_EPOCH").flatMap(Double.init)
        let date = seconds.map(Date.init(timeIntervalSince1970:)) ?? Date()
        let pages = ManualPage.all(
            of: try CommandDescription.whole(), date: date, version: "sluice \(SluiceCommand.version)")
        do {
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for page in pages {
                try Data(page.text.utf8).write(to: place.appendingPathComponent(page.name + ".1"))
                session.output.append(page.name + ".1\n")
            }
        } catch {
            session.note(.unusable)
            session.report("cannot write the manual pages to '\(folder)': \(error.localizedDescription)")
        }
        try session.finish()
    }
}
