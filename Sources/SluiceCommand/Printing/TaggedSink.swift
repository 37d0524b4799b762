import Sluice

/// Lines of one stream among those of others, each with the stream's name.
struct TaggedSink<Sink: DeltaSink>: DeltaSink {
    /// What has not made a line yet.
    private final class Kept {
        var output: Output

        init(showsControls: Bool) { output = Output(keptForShowingControls: showsControls) }
    }

    var sink: Sink
    private let kept: Kept
    private let head: String
    private let isJSON: Bool

    /// - Parameter showsControls: As of the output that the lines are for.
    init(_ sink: Sink, name: String, isJSON: Bool, showsControls: Bool) {
        self.sink = sink
        kept = Kept(showsControls: showsControls)
        self.isJSON = isJSON
        head = isJSON ? "{\"stream\":\(Self.quoted(name, showsControls))," : Session.oneLine(name) + ": "
    }

    var kinds: DeltaKinds { sink.kinds }

    mutating func take(_ delta: borrowing Delta, _ output: inout Output) throws(SluiceError) {
        try sink.take(delta, &kept.output)
        drain(&output, all: false)
    }

    mutating func pause(_ output: inout Output) {}

    var isHolding: Bool { sink.isHolding || !kept.output.isEmpty }

    mutating func release(_ output: inout Output) {
        sink.release(&kept.output)
        drain(&output, all: true)
    }

    /// What `end` still prints, and the last line.
    mutating func finish(_ output: inout Output, _ end: (inout Sink, inout Output) -> Void) {
        end(&sink, &kept.output)
        drain(&output, all: true)
    }

    private func drain(_ output: inout Output, all: Bool) {
        kept.output.takeLines(all: all) { line in
            output.append(head)
            // A JSON object's brace has been written with the name.
            output.append(kept: isJSON ? line.extracting(droppingFirst: 1) : line)
            output.append(byte: 0x0A)
        }
    }

    private static func quoted(_ text: String, _ showsControls: Bool) -> String {
        var output = Output(keptForShowingControls: showsControls)
        output.appendJSON(text)
        return output.text
    }
}
