@testable import Sluice

/// A frame parser by its parts, so that what it holds can be asked after each chunk.
struct HeldMemory {
    private let core: FrameCore
    private let feeding: Feeding
    private var chunks = 0
    private(set) var most = 0
    private(set) var log = FrameLog()

    init(framing: Framing?, limits: Limits, feeding: Feeding) {
        core = FrameCore(StreamState(format: nil, framing: framing, limits: limits, layout: feeding.layout))
        self.feeding = feeding
    }

    mutating func read(_ chunk: [UInt8]) {
        lendFresh(chunk[...]) { bytes in
            guard feeding.fills(chunks) else {
                let hasFrames = core.parts.begin(Window(lending: bytes.rawBytes))
                return log.take(FrameReader(core, flush: nil, hasFrames: hasFrames))
            }
            do throws(SluiceError) {
                try core.parts.state.fill(Window(lending: bytes.rawBytes))
            } catch {
                log.entries.append(.problem(OwnedProblem(error)))
            }
        }
        if feeding.fills(chunks) {
            core.parts.beginRing()
            log.take(FrameReader(core, flush: nil))
        }
        chunks += 1
        most = max(most, core.parts.state.allocatedBytes)
    }
}
