/// The frames of one chunk after another, without borrows: for the C ABI, which keeps a read open between calls.
///
/// Its owner has to keep a chunk unchanged until `next` returns false.
package struct OpenFrames: ~Copyable {
    private let core: FrameCore
    private var found = FoundFrames()
    private var flush: Bool?

    /// As ``FrameParser``.
    package init(framing: Framing?, limits: Limits) {
        core = FrameCore(StreamState(format: nil, framing: framing, limits: limits, layout: .linear))
    }

    /// Whether an error has ended the stream.
    package var hasFailed: Bool { core.parts.state.failure != nil }

    /// Begins a chunk; false if it has no frames.
    package mutating func begin(_ chunk: Span<UInt8>) -> Bool {
        found = FoundFrames()
        return core.parts.begin(Window(lending: chunk.rawBytes))
    }

    /// Begins what comes after the last chunk.
    package mutating func beginEnd(flush: Bool) {
        found = FoundFrames()
        self.flush = flush
        core.parts.beginEnd()
    }

    /// Passes the next frame to `body`; returns false at the end of the chunk.
    ///
    /// - Throws: the error of the next frame. The next call reads the one after it, unless ``hasFailed``.
    package mutating func next(_ body: (borrowing Frame) -> Void) throws(SluiceError) -> Bool {
        if found.plain.left == 0 {
            // Copies: under the thread sanitizer the compiler finds overlapping accesses to `self` without them.
            let (core, flush) = (core, flush)
            guard try core.parts.find(&found, flush: flush) else { return false }
            if found.plain.left == 0 {
                body(found.other())
                return true
            }
        }
        body(found.takePlain())
        return true
    }
}
