public import Sluice

/// Why reading stopped before the end of a stream, with the message and status so far.
///
/// ```swift
/// do {
///     for try await delta in chunks.deltas(format: .openAIChat) { print(delta.text) }
/// } catch {
///     switch error.cause {
///     case .firstByte(let timeout): print("no answer for \(timeout)")
///     case .idle(let timeout): print("no chunk for \(timeout)")
///     case .cancelled: print("stopped")
///     case .source(let error): print("the connection failed: \(error)")
///     case .parser(let error): print("parsing failed: \(error)")
///     }
///     print(error.message.choices[0]?.text ?? "", error.end.bytes)
/// }
/// ```
public struct StreamInterruption: Error, Sendable {
    /// Why reading stopped.
    public enum Cause: Sendable {
        /// The source returned nothing within the timeout for the first byte.
        case firstByte(timeout: Duration)
        /// The source returned no chunk within the timeout between chunks, after it had begun.
        case idle(timeout: Duration)
        /// The reading task was cancelled.
        case cancelled
        /// The source of the bytes threw this error.
        case source(any Error)
        /// The parser threw this error: a limit was exceeded, or the input is not a stream of the format.
        case parser(SluiceError)
    }

    /// Why reading stopped.
    public var cause: Cause
    /// The message so far.
    public var message: Accumulator
    /// The status and counts of the stream so far.
    public var end: StreamEnd

    /// Creates an interruption with the message and status so far.
    public init(_ cause: Cause, message: Accumulator, end: StreamEnd) {
        self.cause = cause
        self.message = message
        self.end = end
    }
}

extension StreamInterruption: CustomStringConvertible {
    /// Why reading stopped, and after how many frames and bytes.
    public var description: String {
        let place = "after \(end.frames) frames, \(end.bytes) bytes"
        switch cause {
        case .firstByte(let timeout):
            return "no first byte was received for \(timeout)" + (end.bytes > 0 ? ", \(place)" : "")
        case .idle(let timeout): return "no chunk was received for \(timeout), \(place)"
        case .cancelled: return "reading was cancelled \(place)"
        case .source(let error): return "the source failed \(place): \(error)"
        case .parser(let error): return error.description
        }
    }
}
