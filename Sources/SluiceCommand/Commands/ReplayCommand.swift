import ArgumentParser

/// `sluice replay`: runs the server `sluice-replay`, which is a program of its own, in place of this one.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: ReplayOptions.abstract, discussion: ReplayOptions.discussion)

    @OptionGroup
    var options: ReplayOptions

    func run() throws {
        // A signal that arrived earlier would be lost across exec(3).
        if Interrupt.isRequested { throw ExitCode(ExitStatus.code(ofSignal: Interrupt.signal)) }
        let server = HelperProgram("sluice-replay")
        let arguments = CommandLine.arguments.drop { $0 != Self.configuration.commandName }.dropFirst()
        let message: String
        if let path = server.path {
            let error = HelperProgram.replaceThisProcess(by: path, arguments: Array(arguments))
            message = "\(path) cannot be run: \(error.reason)"
        } else {
            message =
                "'sluice replay' runs the program \(server.name), which was not found "
                + "(\(server.places.joined(separator: ", "))); build it with 'make replay', or install both with "
                + "'make install'"
        }
        System.writeLine("sluice: \(Session.oneLine(message))", to: System.standardError)
        throw ExitCode(ExitStatus.unusable.rawValue)
    }
}
