// What is kept until the framing and the format of a stream are known.

/// What the buffered events have in common, if none shows the format.
struct Undetected {
    /// Events with data that begins like no document.
    var texts = 0
    /// Events with documents.
    var documents = 0
    /// Keep-alives and terminal payloads.
    var quiet = 0
    var sawMarker = false
}

struct Detection {
    /// A frame that was buffered.
    struct BufferedFrame {
        var payload: [UInt8]
        var event: [UInt8]
        var frame: RawFrame
        var number: UInt64
    }

    /// The number of leading bytes that do not show the framing.
    var undecidedBytes = 0
    /// The first bytes of the stream, for the error that the input is not a stream.
    var firstBytes = FirstBytes()
    private(set) var frames: [BufferedFrame] = []
    var kinds = Undetected()
    private var bytes = 0

    var isEmpty: Bool { frames.isEmpty }

    /// Whether the limits of detection are exceeded.
    var isFull: Bool { frames.count >= FormatDetector.maxFrames || bytes > FormatDetector.maxBytes }

    mutating func keep(_ frame: BufferedFrame) {
        frames.append(frame)
        bytes += frame.payload.count + frame.event.count
    }

    mutating func dropLast() {
        guard let last = frames.popLast() else { return }
        bytes -= last.payload.count + last.event.count
    }

    /// Removes and returns the buffered frames.
    mutating func take() -> [BufferedFrame] {
        let taken = frames
        frames = []
        bytes = 0
        kinds = Undetected()
        return taken
    }
}
