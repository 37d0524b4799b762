import CFuzzProcessor

@testable import FuzzSupport
@testable import Sluice

// A stream of events that repeat with small changes, parsed four ways: by templates, by programs, by
// the rules alone, and by the slow parser.
//
// The input is a format, a processor, cuts, a list of edits and a few events. Each edit chooses the next event and a change,
// so templates are learned from the events and tested by the changed ones.

/// Runs one input of libFuzzer.
@c(LLVMFuzzerTestOneInput)
public func readInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(bytes, count)
    let sources = FormatCounts.formats.compactMap { $0 }.filter { $0.framing == .sse || $0.framing == .ndjson }
    let format = sources[input.byte() % sources.count]
    let style = input.byte()
    c_fuzz_processor_hide(UInt32(style % 3))
    let cutting = Cutting(&input)
    var edits = FuzzInput(input.take(input.byte() * EventEdit.size))
    let stream = EventEdit.stream(&edits, of: EventEdit.events(input.takeRest(), format.framing))

    var engines = DifferentialEngines()
    let hasDetails = style & 0x10 != 0
    if hasDetails { engines.select([.answer, .detail]) }
    do throws(SluiceError) {
        let parsed = try engines.parsing.read(stream, format, keepsDeltas: false)
        let isWhole = style & 0x80 == 0
        let cuts = style & 0x40 == 0 ? cutting.cuts(stream.count) : cutting.pieces(stream).cuts
        let first = try engines.comparing.read(stream, format, cuts: isWhole ? [] : cuts, isFilled: style & 0x20 != 0)
        let ruled = try engines.ruling.read(stream, format, cuts: isWhole ? [] : cuts, keepsDeltas: false)
        // Once more with an engine that has learned them all.
        let second = try engines.comparing.read(stream, format, cuts: cuts, keepsDeltas: false)
        for found in [first, ruled, second] {
            if let difference = found.difference(fromParsing: parsed) {
                report("\(format.name), processor \(style % 3): templates and simdjson: \(difference)", in: stream)
            }
        }
        let table = tables[format.name]!
        let wanted = ReferenceStream.read(stream, hasDetails ? table.detailed[0] : table)
        if let difference = first.difference(fromReference: wanted) {
            report("\(format.name): templates and reference: \(difference)", in: stream)
        }
    } catch {
        report("\(format.name): \(error)", in: stream)
    }
    return 0
}

private let tables = Dictionary(uniqueKeysWithValues: WireFormat.all.map { ($0.name, ReferenceTable($0)) })
