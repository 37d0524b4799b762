/// The settings of a stream apart from its format; shared, so that a hundred thousand streams store them once.
final class StreamSettings: Sendable {
    let limits: Limits
    let layout: BufferLayout
    let kinds: KindBits
    /// Why the stream's format could not be compiled: the first read throws it.
    let formatFailure: SluiceError?
    /// The formats that detection tries, if there are other than the built-in ones.
    let detector: FormatDetector?

    private static let standard = StreamSettings(Limits(), layout: .mirrored, kinds: .answer)

    private init(
        _ limits: Limits, layout: BufferLayout, kinds: KindBits, formatFailure: SluiceError? = nil,
        detector: FormatDetector? = nil
    ) {
        self.detector = detector
        var limits = limits.clamped
        // What templates tell has no payload in front.
        if kinds.hasPayloads { limits.maxTemplates = 0 }
        self.limits = limits
        self.layout = layout
        self.kinds = kinds
        self.formatFailure = formatFailure
    }

    static func of(
        _ limits: Limits, layout: BufferLayout, kinds: KindBits, formatFailure: SluiceError? = nil,
        detector: FormatDetector? = nil
    ) -> StreamSettings {
        let isStandard =
            limits.clamped == standard.limits && layout == standard.layout && kinds == standard.kinds
            && formatFailure == nil && detector == nil
        return isStandard
            ? standard
            : StreamSettings(limits, layout: layout, kinds: kinds, formatFailure: formatFailure, detector: detector)
    }
}

/// What a stream begins with, and begins anew with.
struct StreamBeginning {
    let settings: StreamSettings
    /// The format that the caller has named; nil to detect it.
    let format: CompiledFormat?
    /// The framing, if no other is tried.
    let framing: Framing?

    /// Compiles the format. If that fails, the stream has failed before its first byte.
    init(
        _ asked: WireFormat?, _ limits: Limits, _ layout: BufferLayout, _ kinds: DeltaKinds, own: [WireFormat] = []
    ) {
        var compiled: CompiledFormat?
        var failure: SluiceError?
        var detector: FormatDetector?
        do throws(SluiceError) {
            if !own.isEmpty && asked == nil {
                for format in own { _ = try CompiledFormat.of(format, kinds.bits) }
                detector = try FormatDetector(own + WireFormat.all)
            }
            if let asked { compiled = try CompiledFormat.of(asked, kinds.bits) }
        } catch {
            failure = error
        }
        settings = .of(limits, layout: layout, kinds: kinds.bits, formatFailure: failure, detector: detector)
        format = compiled
        framing = asked.flatMap { compiled?.fixedFraming(in: $0) }
    }

    init(_ settings: StreamSettings, format: CompiledFormat?, framing: Framing?) {
        self.settings = settings
        self.format = format
        self.framing = framing
    }

    func makeState() -> StreamState {
        var state = StreamState(format: format, framing: framing, settings)
        if let failure = settings.formatFailure { state.fail(failure) }
        return state
    }
}
