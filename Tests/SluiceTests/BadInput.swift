@testable import Sluice
@testable import SluiceTestSupport

// One event that cannot be read, between others that can: what every test of bad input needs.

enum BadInput {
    /// A payload with what others leave out: keys that mean nothing, numbers and literals of each kind, and at the end text.
    static let payload = """
        {"id":"x","n":12,"f":-0.5e+3,"skip":{"a":[1,true,null,{"s":"t"}]},"ok":false,"choices":[{"index":0,"delta":{"content":"T"}}]}
        """
    static let done = Array("data: [DONE]\n\n".utf8)

    static func event(_ payload: some Sequence<UInt8>) -> [UInt8] {
        Array("data: ".utf8) + Array(payload) + Array("\n\n".utf8)
    }

    static func event(_ payload: String) -> [UInt8] { event(payload.utf8) }

    /// `payload` with the first `old` in it made `new`.
    static func edited(_ old: String, _ new: some Sequence<UInt8>) -> [UInt8] {
        let bytes = Array(payload.utf8)
        let wanted = Array(old.utf8)
        let start = bytes.indices.first { bytes[$0...].starts(with: wanted) }
        guard let start else { fatalError("'\(old)' is not in the payload") }
        return bytes[..<start] + Array(new) + bytes[(start + wanted.count)...]
    }

    static func edited(_ old: String, _ new: String) -> [UInt8] { edited(old, new.utf8) }

    /// A stream: good events, one that is `bad`, a good one, the marker; and what must be read in it.
    static func stream(_ bad: [UInt8], _ code: SluiceError.Code, goodBefore: Int = 1) -> (
        bytes: [UInt8], wanted: [String]
    ) {
        let good = event(payload)
        let before = Array(repeating: good, count: goodBefore).flatMap { $0 }
        var wanted = Array(repeating: "text choice=0 \"T\"", count: goodBefore)
        wanted.append("malformed \(code.rawValue) offset=\(before.count) event=\(goodBefore + 1)")
        wanted.append("text choice=0 \"T\"")
        wanted.append("end complete frames=\(goodBefore + 3) deltas=\(goodBefore + 1)")
        return (before + event(bad) + good + done, wanted)
    }

    /// What is wrong with the log of `bad` between good events; nil when all is as it must be, after no good event of the
    /// same shape and after several, and however the stream is cut.
    static func problem(_ bad: [UInt8], _ code: SluiceError.Code, _ run: WireRun, isCutEverywhere: Bool = false)
        -> String?
    {
        for goodBefore in [0, 1, 3] {
            let (bytes, wanted) = stream(bad, code, goodBefore: goodBefore)
            let whole = run.log(Chunks(whole: bytes))
            if whole.lines != wanted { return "after \(goodBefore): \(whole.lines) instead of \(wanted)" }
            if whole.problems.first?.excerpt != excerpt(bad) {
                return "excerpt \(whole.problems.first?.excerpt ?? "none")"
            }
            if let difference = run.difference(from: whole, over: [Chunks(bytes, of: 50)]) {
                return "after \(goodBefore), \(difference)"
            }
            if goodBefore != 1 { continue }
            let sizes = [1, 2, 7, 64].map { Chunks(bytes, of: $0) }
            if let difference = run.difference(from: whole, over: sizes, feedings: [.mixed]) { return difference }
            guard isCutEverywhere else { continue }
            let start = event(payload).count
            for cut in start..<(start + bad.count + 8) {
                let feeding = [Feeding.borrowed, .ring, .linear][cut % 3]
                let difference = run.difference(from: whole, over: [Chunks(bytes, at: [cut])], feedings: [feeding])
                if let difference { return difference }
            }
        }
        return nil
    }

    /// The first 64 bytes, those that do not print escaped.
    private static func excerpt(_ bytes: [UInt8]) -> String {
        let shown = bytes.prefix(64).map { byte in
            switch byte {
            case 0x09: return "\\t"
            case 0x0A: return "\\n"
            case 0x0D: return "\\r"
            case 0x20...0x7E: return String(Unicode.Scalar(byte))
            default: return "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return shown.joined() + (bytes.count > 64 ? "…" : "")
    }
}
