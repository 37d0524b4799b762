internal import NIOCore
internal import Sluice

/// The parser of a handler, and where its deltas go.
final class DeltaReading {
    private var parser: StreamParser
    private let onDelta: ((borrowing Delta) -> Void)?
    /// What has ended the stream, until it was fired.
    private var failure: SluiceError?
    private var isOver = false

    init(_ format: WireFormat?, _ limits: Limits, _ kinds: DeltaKinds, _ onDelta: ((borrowing Delta) -> Void)?) {
        parser = StreamParser(format: format, limits: limits, kinds: kinds)
        self.onDelta = onDelta
    }

    /// Parses the buffer's bytes where they lie.
    ///
    /// - Returns: copies of the deltas; none if they were passed on as views.
    func read(_ buffer: ByteBuffer) -> [OwnedDelta] {
        if isOver { return [] }
        var deltas: [OwnedDelta] = []
        do throws(SluiceError) {
            try parser.parse(buffer.readableBytesUInt8Span) { delta in
                if let onDelta { onDelta(delta) } else { deltas.append(OwnedDelta(copying: delta)) }
            }
        } catch {
            fail(error)
        }
        return deltas
    }

    /// Ends the stream; nil if it has ended already.
    func finish() -> ([OwnedDelta], StreamEnd)? {
        if isOver { return nil }
        isOver = true
        var deltas: [OwnedDelta] = []
        do throws(SluiceError) {
            try parser.finish { delta in
                if let onDelta { onDelta(delta) } else { deltas.append(OwnedDelta(copying: delta)) }
            }
        } catch {
            fail(error)
        }
        return (deltas, parser.end)
    }

    /// The error that has ended the stream; returned once.
    func takeFailure() -> SluiceError? {
        defer { failure = nil }
        return failure
    }

    private func fail(_ error: SluiceError) {
        failure = error
        isOver = true
    }
}
