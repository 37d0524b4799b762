public import Sluice

/// Why the reading of a stream ended before the stream did, and what had come by then.
///
/// ```swift
/// do {
///     for try await delta in chunks.deltas(format: .openAIChat) { print(delta.text) }
/// } catch {
///     switch error.cause {
///     case .idle(let timeout): print("nothing came for \(timeout)")
///     case .cancelled: print("stopped")
///     case .source(let error): print("the connection failed: \(error)")
///     case .parser(let error): print("this is no stream: \(error)")
///     }
///     print(error.message.choices[0]?.text ?? "", error.end.bytes)
/// }
/// ```
public struct StreamInterruption: Error, Sendable {
    /// What ended the reading.
    public enum Cause: Sendable {
        /// Nothing came for as long as the timeout allows.
        case idle(timeout: Duration)
        /// The task that reads was cancelled.
        case cancelled
        /// The source of the bytes threw this.
        case source(any Error)
        /// The parser threw this: a limit that was passed, or a stream that is none.
        case parser(SluiceError)
    }

    /// What ended the reading.
    public var cause: Cause
    /// The message as far as it had come.
    public var message: Accumulator
    /// How far the stream had come.
    public var end: StreamEnd

    /// An interruption with what had come by then.
    public init(_ cause: Cause, message: Accumulator, end: StreamEnd) {
        self.cause = cause
        self.message = message
        self.end = end
    }
}

extension StreamInterruption: CustomStringConvertible {
    /// What ended the reading, and where.
    public var description: String {
        let place = "after \(end.frames) frames, \(end.bytes) bytes"
        switch cause {
        case .idle(let timeout): return "nothing came for \(timeout), \(place)"
        case .cancelled: return "the reading was cancelled \(place)"
        case .source(let error): return "the source of the bytes failed \(place): \(error)"
        case .parser(let error): return error.description
        }
    }
}
