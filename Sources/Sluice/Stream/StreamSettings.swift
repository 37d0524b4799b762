/// The settings of a stream apart from its format; shared, so that a hundred thousand streams store them once.
final class StreamSettings: Sendable {
    let limits: Limits
    let layout: BufferLayout
    let kinds: KindBits

    private static let standard = StreamSettings(Limits(), layout: .mirrored, kinds: .max)

    private init(_ limits: Limits, layout: BufferLayout, kinds: KindBits) {
        self.limits = limits.clamped
        self.layout = layout
        self.kinds = kinds
    }

    static func of(_ limits: Limits, layout: BufferLayout, kinds: KindBits) -> StreamSettings {
        let isStandard = limits.clamped == standard.limits && layout == standard.layout && kinds == standard.kinds
        return isStandard ? standard : StreamSettings(limits, layout: layout, kinds: kinds)
    }
}
