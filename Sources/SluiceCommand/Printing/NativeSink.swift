import Sluice
import SluiceKit

/// Keeps the object that the API would have sent without streaming.
struct NativeSink: DeltaSink {
    /// The deltas of the answer too, for what is said of its end.
    var kinds: DeltaKinds { [.answer, .payload] }
    private let limits: Limits
    private var message: NativeMessage?
    /// Documents that came before the format was known: those of one chunk.
    private var pending: [(document: String, event: UInt64)] = []
    /// Documents that are no part of such an object.
    private(set) var problems: [SluiceError] = []

    init(_ limits: Limits) { self.limits = limits }

    var wantsFormat: Bool { message == nil }

    mutating func know(_ formatName: String) {
        guard wantsFormat, let known = NativeMessage(formatName: formatName, limits: limits) else { return }
        message = known
        let documents = pending
        pending = []
        for (document, event) in documents { add(document.utf8Span.span, event) }
    }

    mutating func take(_ delta: borrowing Delta, _ output: inout Output) throws(SluiceError) {
        guard delta.kind == .payload, delta.isJSON else { return }
        if message == nil {
            pending.append((delta.string, delta.eventOffset))
        } else {
            add(Span<UInt8>(_bytes: delta.bytes), delta.eventOffset)
        }
    }

    private mutating func add(_ document: Span<UInt8>, _ event: UInt64) {
        do throws(SluiceError) {
            try message?.add(document)
        } catch {
            var problem = error
            problem.offset = event
            if problems.count < limits.maxProblems { problems.append(problem) }
        }
    }

    mutating func pause(_ output: inout Output) {}

    /// Prints the object; false if there is none.
    mutating func finish(_ outcome: StreamOutcome, _ output: inout Output) -> Bool {
        if let name = outcome.formatName { know(name) }
        guard let message, !message.isEmpty else { return false }
        output.append(json: String(decoding: message.json(), as: UTF8.self))
        output.append(byte: 0x0A)
        return true
    }
}
