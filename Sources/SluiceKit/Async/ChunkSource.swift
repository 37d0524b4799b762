/// Where the bytes of one stream come from, whatever its type.
struct ChunkSource: Sendable {
    private let run: @Sendable (ChunkInbox, Int) async -> Void

    /// The chunks of `chunks`, which is iterated once, by the pump.
    ///
    /// An empty chunk is none: the pump asks on, and the source's time goes on.
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
                        // An array is handed on as it is, anything else is copied: the one copy of its bytes.
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

    /// Fetches a chunk whenever the inbox asks for one, until the source ends or nobody will ask any more.
    func pump(into inbox: ChunkInbox, _ number: Int) async { await run(inbox, number) }
}
