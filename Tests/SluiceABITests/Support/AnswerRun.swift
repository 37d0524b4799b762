import CSluice
import Sluice
import Testing

/// Reads a stream in chunks into a `sluice_answer`.
enum AnswerRun {
    /// Returns what `body` makes of the answer and its stream, which are destroyed then.
    static func read<Made>(
        _ text: String, chunkBytes: Int = .max, maxBytes: UInt64 = 0, kinds: DeltaKinds = [.answer, .detail],
        _ body: (OpaquePointer?, OpaquePointer?) -> Made
    ) -> Made {
        let stream = unsafe ABIRun(kinds: UInt64(kinds.rawValue)).make(nil)
        let answer = unsafe sluice_answer_create(maxBytes)
        defer {
            unsafe sluice_stream_destroy(stream)
            unsafe sluice_answer_destroy(answer)
        }
        func addAll() {
            var batch: UnsafePointer<sluice_batch>?
            while unsafe sluice_stream_next(stream, &batch) == SLUICE_OK {
                #expect(unsafe sluice_answer_add(answer, stream) == SLUICE_OK)
            }
        }
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: max(min(chunkBytes, bytes.count), 1)) {
            let chunk = Array(bytes[start..<start + min(chunkBytes, bytes.count - start)])
            unsafe chunk.withUnsafeBytes { chunk in
                #expect(unsafe sluice_stream_feed(stream, chunk.baseAddress, chunk.count) == SLUICE_OK)
                addAll()
            }
        }
        if unsafe sluice_stream_finish(stream) == SLUICE_OK { addAll() }
        return unsafe body(answer, stream)
    }
}

extension sluice_text {
    /// A copy of the text; the address of an empty one is not null either.
    var string: String {
        unsafe #expect(bytes != nil)
        return unsafe String(decoding: UnsafeRawBufferPointer(start: bytes, count: length), as: UTF8.self)
    }
}
