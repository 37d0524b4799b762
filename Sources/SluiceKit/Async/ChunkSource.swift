/// The source of the bytes of one stream, with its type erased.
struct ChunkSource: Sendable {
    private let run: @Sendable (ChunkInbox, Int) async -> Void

    /// The chunks of `chunks`, which is iterated once, by the pump.
    ///
    /// An empty chunk is ignored: the pump requests another, and the timeout is not reset.
    init<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks) where Chunks.Element: Sequence<UInt8> & Sendable {
        run = { inbox, number in
            var iterator = chunks.makeAsyncIterator()
            while await inbox.isAsked(number) {
                do {
                    var bytes: [UInt8] = []
                    while bytes.isEmpty {
                        guard let chunk = try await iterator.next(isolation: nil) else {
                            return inbox.put(.end, from: number)
                        }
                        // An array is passed on unchanged; any other sequence is copied, once.
                        bytes = chunk as? [UInt8] ?? Array(chunk)
                        if bytes.isEmpty, Task.isCancelled { return }
                    }
                    inbox.put(.chunk(bytes), from: number)
                } catch {
                    return inbox.put(.failed(error), from: number)
                }
            }
        }
    }

    /// Fetches a chunk for each request of the inbox, until the source ends or there will be no more requests.
    func pump(into inbox: ChunkInbox, _ number: Int) async { await run(inbox, number) }
}
