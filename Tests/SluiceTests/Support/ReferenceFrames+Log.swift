@testable import Sluice

extension FrameLog {
    /// What a parser of frames would log of a slow reading, which knows no retry fields and no excerpts. The standard ignores
    /// the lines beside the framing that a token stream reports.
    init(_ frames: [ReferenceFrame], _ limits: Limits = Limits()) {
        for frame in frames where !isFatal && !ReferenceFrame.strays.contains(frame.problem ?? "") {
            let number = UInt64(entries.count + 1)
            if let problem = frame.problem {
                let code = SluiceError.Code(rawValue: problem)
                entries.append(.problem(OwnedProblem(code, offset: UInt64(frame.offset), event: number)))
                isFatal = limits.whenExceeded == .fail && code.isOfLimit
                continue
            }
            var owned = OwnedFrame(offset: UInt64(frame.offset), number: number)
            owned.event = frame.event
            owned.data = frame.payload
            owned.id = frame.id
            owned.isUnterminated = frame.isUnterminated
            entries.append(.frame(owned))
        }
    }
}
