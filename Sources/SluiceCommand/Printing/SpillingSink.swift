import Sluice
import SluiceKit

/// An answer on its way to files: no more of it is in memory than is worth writing at once.
struct SpillFile {
    private var answer: Accumulator
    private var files: FileSpill

    init(_ path: String, _ limits: Limits) {
        var limits = limits
        limits.maxAccumulatedBytes = min(limits.maxAccumulatedBytes, 64 << 10)
        answer = Accumulator(limits: limits)
        files = FileSpill(path)
    }

    mutating func take(_ delta: borrowing Delta) throws(SluiceError) { try answer.add(delta, spillingTo: &files) }

    mutating func finish() throws(SluiceError) {
        try answer.spill(to: &files)
        try files.close()
    }
}

/// A sink whose deltas go to files too.
struct SpillingSink<Sink: DeltaSink>: DeltaSink {
    var sink: Sink
    private var file: SpillFile?
    private var failure: SluiceError?

    init(_ sink: Sink, _ file: SpillFile?) {
        self.sink = sink
        self.file = file
    }

    mutating func take(_ delta: borrowing Delta, _ output: inout Output) throws(SluiceError) {
        try sink.take(delta, &output)
        guard file != nil else { return }
        do { try file?.take(delta) } catch { give(up: error) }
    }

    mutating func pause(_ output: inout Output) { sink.pause(&output) }

    var isHolding: Bool { sink.isHolding }

    mutating func release(_ output: inout Output) { sink.release(&output) }

    /// Writes what is left, and tells of a file that could not be written; printing went on.
    mutating func finish(_ session: inout Session) {
        do { try file?.finish() } catch { give(up: error) }
        guard let failure else { return }
        session.note(.unusable)
        session.report(failure.detail)
    }

    private mutating func give(up error: SluiceError) {
        failure = failure ?? error
        file = nil
    }
}
