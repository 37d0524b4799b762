import CBaselines
import Sluice

/// What every contender has to find in a stream that nobody has read before.
///
/// A hand-written reader and Sluice without event templates read it; they share no code but simdjson's structural pass. Where
/// both find the same, that is the answer. Where they differ, or there is no hand-written reader, Sluice's is taken, since it
/// reads every field of its table and the hand-written readers do not; the report says so, and that nobody has confirmed it.
struct FileTruth {
    let truth: Truth
    /// Who found the answer, for the report.
    let source: String
    /// Why frames cannot be compared: one of them cannot be read.
    let framesObstacle: String?
    /// A reader that is not Sluice has found the same pieces.
    let isConfirmed: Bool

    /// - Throws: ``SluiceError`` where Sluice cannot read the stream.
    init(_ stream: Stream) throws {
        var probe = Probe(isCounting: false)
        let own = try Contender.borrowed(stream, .whole, &probe, Contender.simdjsonOnly)
        let usage = try Contender.usage(
            stream, .whole, &probe, StreamParser(format: stream.format, limits: Contender.simdjsonOnly))
        var frames = baseline_answer()
        do {
            frames = try Contender.frames(stream, .whole, &probe)
            framesObstacle = nil
        } catch {
            framesObstacle = "framing alone ends at an event that cannot be read: \(error)"
        }
        truth = Truth(pieces: own, usage: usage, frames: frames)
        let experts = Contender.experts.filter { $0.obstacle(to: stream) == nil }
        let confirming = try experts.first { try $0.run(stream, .whole, &probe).equals(own) }
        isConfirmed = confirming != nil
        if let confirming {
            source = "\(confirming.name), \(confirming.about), and Sluice find the same"
        } else if experts.isEmpty {
            source = "Sluice without event templates; no hand-written reader confirms it"
        } else {
            source = "Sluice without event templates; the hand-written readers find something else, see below"
        }
    }
}
