import Sluice

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

// Which wire formats a fuzzer has run, and how often: libFuzzer reports only the sum.

/// The formats of the catalogue, and nil for detection, with a count of executions for each.
enum FormatCounts {
    /// Those that were added last come last, so that the inputs of `Regressions` name the formats that they were found with.
    static let formats: [WireFormat?] =
        WireFormat.all.filter { !added.contains($0.name) } + [nil] + added.map { WireFormat.named($0) }
    private static let added = ["openai-images", "openai-agents", "anthropic-agents"]
    // A fuzzer has one thread.
    nonisolated(unsafe) private static var counts = [Int](repeating: 0, count: formats.count)
    private static let tellAtExit: Void = {
        atexit {
            for (format, count) in zip(FormatCounts.formats, unsafe FormatCounts.counts) {
                FormatCounts.say("format \(format?.name ?? "detected"): \(count) executions\n")
            }
        }
    }()

    /// The format that a byte of the input names.
    static func pick(_ input: inout FuzzInput) -> WireFormat? {
        _ = tellAtExit
        let number = input.byte() % formats.count
        unsafe counts[number] += 1
        return formats[number]
    }

    private static func say(_ text: String) {
        var text = text
        text.withUTF8 { bytes in _ = unsafe write(2, bytes.baseAddress, bytes.count) }
    }
}
