import ArgumentParser
import Sluice

/// The buffer that bytes go through. It does not change the result.
enum Strategy: String, CaseIterable, ExpressibleByArgument {
    case ring
    case linear
    case borrowed

    var layout: BufferLayout { self == .linear ? .linear : .mirrored }
}

/// How bytes are passed to the engine: for tests and measurements.
struct FeedOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Pass this many bytes to the parser at a time.", valueName: "bytes"))
    var chunk: Int?

    @Option(
        help: ArgumentHelp(
            "The parser's buffer: ring (mirrored memory), linear (memory with compaction) or borrowed (the start of a cut event "
                + "only).",
            valueName: "ring|linear|borrowed"))
    var strategy = Strategy.borrowed

    @Option(
        name: .customLong("limit"),
        help: ArgumentHelp(
            "Set a limit; may be repeated. Limits and defaults: \(LimitSetting.names). What exceeds one is skipped and reported; "
                + "with whenExceeded=fail it ends the stream.", valueName: "name=value"))
    var limitSettings: [String] = []

    func validate() throws {
        if let chunk, !(1...(1 << 30)).contains(chunk) {
            throw ValidationError("--chunk is \(chunk); give a number of bytes from 1 to \(1 << 30)")
        }
        _ = try limits()
    }

    /// Bytes read at a time by default.
    static var defaultBytes: Int { 64 << 10 }

    /// Bytes handed to the parser at a time.
    var pieceBytes: Int { chunk ?? Self.defaultBytes }

    /// Bytes read from the system at a time: as many whole pieces as fit the default, and at least one; but no more than the
    /// file has, or a pipe holds.
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
