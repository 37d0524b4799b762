import Testing

@testable import Sluice

/// Reads a stream with templates, in chunks of any size, and without: all deltas, problems and the end have to be the same.
struct TemplateCheck {
    var format: WireFormat
    var limits: Limits

    init(_ format: WireFormat, _ limits: Limits = Limits()) {
        self.format = format
        self.limits = limits
    }

    func check(_ bytes: [UInt8], sizes: [Int], sourceLocation: SourceLocation = #_sourceLocation) throws {
        var unlearnt = limits
        unlearnt.maxTemplates = 0
        let wanted = try log(bytes, unlearnt, of: max(1, bytes.count))
        for size in sizes {
            let found = try log(bytes, limits, of: size)
            let name = "\(String(decoding: bytes, as: UTF8.self).debugDescription) in chunks of \(size)"
            #expect(found.deltas == wanted.deltas, "\(name)", sourceLocation: sourceLocation)
            #expect(found.end == wanted.end, "\(name)", sourceLocation: sourceLocation)
        }
    }

    private func log(_ bytes: [UInt8], _ limits: Limits, of size: Int) throws -> (deltas: [String], end: StreamEnd) {
        var parser = StreamParser(format: format, limits: limits)
        var deltas: [String] = []
        for chunk in Chunks(bytes, of: size).slices {
            try lendFresh(chunk) { bytes throws(SluiceError) in
                try parser.parse(bytes) { deltas.append(Self.description(of: $0)) }
            }
        }
        let end = try parser.finish { deltas.append(Self.description(of: $0)) }
        return (deltas, end)
    }

    private static func description(of delta: borrowing Delta) -> String {
        "\(delta.eventOffset) \(delta.kind) \(delta.string) \(delta.problem?.description ?? "")"
    }
}
