@testable import FuzzSupport
@testable import Sluice

/// No byte is looked at more than three times, whatever the chunks and the buffer. The input is repeated, so that the constant
/// allowed on top is small compared with it.
func checkLooks(_ settings: WideSettings, _ stream: [UInt8], _ order: [UInt8], _ repeats: Int) {
    let slack: UInt64 = 32 * 1024
    // Behind a damaged AWS prelude each position is checked for the next one.
    let most: UInt64 = settings.format == nil || settings.framing == .awsEventStream ? 12 : 3
    let bytes = [[UInt8]](repeating: stream, count: repeats * 6).flatMap { $0 }
    let size = 1 + order.prefix(2).reduce(0) { $0 * 4 + Int($1) }
    for fills in [false, true] {
        var parser = StreamParser(
            format: settings.format, limits: settings.limits, layout: settings.layout, kinds: settings.kinds)
        do throws(SluiceError) {
            for chunk in Chunks(bytes, of: size).slices {
                let lent = bytes.span.extracting(chunk.startIndex..<chunk.endIndex)
                if fills {
                    try parser.fill(lent)
                    var reader = parser.pull()
                    while try reader.nextBatch() != nil {}
                } else {
                    var reader = parser.read(lent)
                    while try reader.nextBatch() != nil {}
                }
            }
            try parser.finish { _ in }
        } catch {
            // Nothing is examined after the error that ends a stream, such as a table that cannot be compiled.
        }
        // Errors are indexed again for their details, and what no rule reads and may be one.
        let mayHaveErrors = parser.end.status == .failed || parser.end.unreadEvents > 0
        let most = mayHaveErrors ? max(most, 5) : most
        if parser.examinedBytes > most * UInt64(bytes.count) + slack {
            report(
                "\(settings), \(size) bytes, fills \(fills): \(parser.examinedBytes) looks at \(bytes.count) bytes",
                in: bytes)
        }
    }
}
