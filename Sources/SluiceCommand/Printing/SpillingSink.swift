import Sluice
import SluiceKit

/// An answer that is written to files; memory holds one write of it.
struct SpillFile {
    private var answer: Accumulator
    private var files: FileSpill

    init(_ path: String, _ limits: Limits) {
        var limits = limits
        limits.maxAccumulatedBytes = min(limits.maxAccumulatedBytes, 64 << 10)
        answer = Accumulator(limits: limits)
        files = FileSpill(path)
    }

    /// A file that `path` or the names beside it would overwrite; nil where there is none.
    ///
    /// Only regular files count: a device or a pipe has nothing to lose.
    static func existing(_ path: String) -> String? {
        if System.isRegularFile(path) { return path }
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? ""
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        let found = System.names(in: folder.isEmpty ? "." : folder).first { other in
            other.hasPrefix(name + ".")
                && other.dropFirst(name.count).wholeMatch(of: /(\.choice-\d+)?(\.(reasoning|plan|refusal|call-\d+))?/)
                    != nil
                && System.isRegularFile(folder + other)
        }
        return found.map { folder + $0 }
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

    var kinds: DeltaKinds { sink.kinds }

    init(_ sink: Sink, _ file: SpillFile?) {
        self.sink = sink
        self.file = file
    }

    mutating func take(_ delta: borrowing Delta, _ output: inout Output) throws(SluiceError) {
        try sink.take(delta, &output)
        guard file != nil else { return }
        do { try file?.take(delta) } catch { drop(error) }
    }

    mutating func pause(_ output: inout Output) { sink.pause(&output) }

    var isHolding: Bool { sink.isHolding }

    mutating func release(_ output: inout Output) { sink.release(&output) }

    /// Writes the rest, and reports a file that could not be written; printing went on.
    mutating func finish(_ session: inout Session) {
        do { try file?.finish() } catch { drop(error) }
        guard let failure else { return }
        session.note(.unusable)
        session.report(failure.detail)
    }

    private mutating func drop(_ error: SluiceError) {
        failure = failure ?? error
        file = nil
    }
}
