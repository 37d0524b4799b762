public import NIOCore
public import NIOHTTP1
public import Sluice

// Handlers for pipelines that are read without async sequences. A part of the body is parsed where it lies in its ByteBuffer.
// Deltas are collected before they are fired: a handler behind may cause the next read while one is still at work.

/// What the handlers of this module emit.
public enum DeltaPart: Sendable {
    /// The head of a response that is a stream; from ``ResponseDeltaHandler`` only.
    case head(HTTPResponseHead)
    /// A delta, with its bytes copied.
    case delta(OwnedDelta)
    /// The stream has ended; nothing follows, unless another response begins.
    case end(StreamEnd)
}

/// Reads the `ByteBuffer`s of one stream to ``DeltaPart``s.
///
/// ```swift
/// try channel.pipeline.syncOperations.addHandler(BufferDeltaHandler(format: .openAIChat))
/// ```
///
/// The stream ends when the channel's input does: the handler emits ``DeltaPart/end(_:)``, which says whether the stream is
/// complete. An error that ends the stream before that (a `SluiceError`) is fired as the channel's error; bytes behind it are
/// dropped. For timeouts use NIO's `IdleStateHandler` in front.
public final class BufferDeltaHandler: ChannelInboundHandler {
    /// Bytes, cut anywhere.
    public typealias InboundIn = ByteBuffer
    /// Deltas.
    public typealias InboundOut = DeltaPart

    private var reading: DeltaReading

    /// Creates a handler for one stream.
    ///
    /// - Parameters:
    ///   - format: The stream's format; nil to detect it from the first events.
    ///   - limits: Bounds of the stream's events and memory.
    ///   - kinds: Delta kinds to emit. `malformed` is always emitted.
    ///   - onDelta: Called on the event loop with a view of each delta, which is not copied then, and not fired. The view is
    ///     valid during the call, which must not read from the channel.
    public init(
        format: WireFormat? = nil, limits: Limits = Limits(), kinds: DeltaKinds = .answer,
        onDelta: ((borrowing Delta) -> Void)? = nil
    ) {
        reading = DeltaReading(format, limits, kinds, onDelta)
    }

    /// Parses the buffer, and fires its deltas.
    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let deltas = reading.read(unwrapInboundIn(data))
        fire(deltas, reading.takeFailure(), context)
    }

    /// Ends the stream if only the input is closed.
    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { finish(context) }
        context.fireUserInboundEventTriggered(event)
    }

    /// Ends the stream.
    public func channelInactive(context: ChannelHandlerContext) {
        finish(context)
        context.fireChannelInactive()
    }

    private func finish(_ context: ChannelHandlerContext) {
        guard let (deltas, end) = reading.finish() else { return }
        let failure = reading.takeFailure()
        fire(deltas, failure, context)
        if failure == nil { context.fireChannelRead(wrapInboundOut(.end(end))) }
    }

    private func fire(_ deltas: [OwnedDelta], _ failure: SluiceError?, _ context: ChannelHandlerContext) {
        for delta in deltas { context.fireChannelRead(wrapInboundOut(.delta(delta))) }
        if let failure { context.fireErrorCaught(failure) }
    }
}

/// Reads the responses of an HTTP/1 client's pipeline to ``DeltaPart``s, each a stream.
///
/// ```swift
/// try channel.pipeline.syncOperations.addHTTPClientHandlers()
/// try channel.pipeline.syncOperations.addHandler(ResponseDeltaHandler(format: .openAIChat))
/// ```
///
/// A response that is no stream fires a ``ResponseError`` as the channel's error, when its body has ended or exceeds the
/// limit. Otherwise as ``BufferDeltaHandler``. A response that the connection's end cuts ends with the status so far.
public final class ResponseDeltaHandler: ChannelInboundHandler {
    /// Parts of responses.
    public typealias InboundIn = HTTPClientResponsePart
    /// Deltas.
    public typealias InboundOut = DeltaPart

    private let format: WireFormat?
    private let limits: Limits
    private let kinds: DeltaKinds
    private let errorBodyLimit: Int
    private let onDelta: ((borrowing Delta) -> Void)?
    private var reading: DeltaReading?
    private var intake: ResponseIntake?

    /// Creates a handler for the responses of one connection.
    ///
    /// - Parameters:
    ///   - format: The format of each response; nil to detect it from the first events.
    ///   - limits: Bounds of a stream's events and memory.
    ///   - kinds: Delta kinds to emit. `malformed` is always emitted.
    ///   - errorBodyLimit: Bytes of an error's body that are kept.
    ///   - onDelta: Called on the event loop with a view of each delta, which is not copied then, and not fired. The view is
    ///     valid during the call, which must not read from the channel.
    public init(
        format: WireFormat? = nil, limits: Limits = Limits(), kinds: DeltaKinds = .answer,
        errorBodyLimit: Int = 64 * 1024, onDelta: ((borrowing Delta) -> Void)? = nil
    ) {
        self.format = format
        self.limits = limits
        self.kinds = kinds
        self.errorBodyLimit = errorBodyLimit
        self.onDelta = onDelta
    }

    /// Begins, continues or ends a response.
    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        // An informational response (100 to 199) stands before the response.
        case .head(let head) where head.status.code >= 200: begin(head, context)
        case .head: break
        case .body(let buffer):
            guard let part = intake?.take(buffer) else {
                if intake?.isFull == true { refuse(context) }
                return
            }
            read(part, context)
        case .end: end(context)
        }
    }

    /// Ends a response that the connection's end cuts.
    public func channelInactive(context: ChannelHandlerContext) {
        end(context)
        context.fireChannelInactive()
    }

    private func begin(_ head: HTTPResponseHead, _ context: ChannelHandlerContext) {
        let intake = ResponseIntake(
            head.status, head.headers, format?.framing, errorBodyLimit: errorBodyLimit,
            documentLimit: limits.maxEventBytes)
        self.intake = intake
        reading = DeltaReading(format, limits, kinds, onDelta)
        if !intake.isFailure { context.fireChannelRead(wrapInboundOut(.head(head))) }
    }

    private func read(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
        guard let deltas = reading?.read(part) else { return }
        let failure = reading?.takeFailure()
        for delta in deltas { context.fireChannelRead(wrapInboundOut(.delta(delta))) }
        if let failure { context.fireErrorCaught(failure) }
    }

    private func refuse(_ context: ChannelHandlerContext) {
        guard var full = intake else { return }
        intake = nil
        reading = nil
        do throws(ResponseError) { _ = try full.finish() } catch { context.fireErrorCaught(error) }
    }

    private func end(_ context: ChannelHandlerContext) {
        guard var ending = intake else { return }
        intake = nil
        do throws(ResponseError) {
            if let part = try ending.finish() { read(part, context) }
        } catch {
            reading = nil
            context.fireErrorCaught(error)
            return
        }
        guard let (deltas, end) = reading?.finish() else { return }
        let failure = reading?.takeFailure()
        reading = nil
        for delta in deltas { context.fireChannelRead(wrapInboundOut(.delta(delta))) }
        if let failure { context.fireErrorCaught(failure) } else { context.fireChannelRead(wrapInboundOut(.end(end))) }
    }
}

@available(*, unavailable)
extension BufferDeltaHandler: Sendable {}

@available(*, unavailable)
extension ResponseDeltaHandler: Sendable {}
