import Sluice

/// Makes as many bytes as wanted out of a recording: a fleet of separate responses.
///
/// Each response follows one that was recorded, frame by frame, but has its own identifiers, times, fingerprints,
/// obfuscation, lengths and text, drawn from a seed. Runs of frames that carry a piece of text become between half and
/// one and a half times as long; their pieces are drawn from all that the recording holds, some in a row in their recorded
/// order and then from another place, so that no stretch of the stream comes twice. The same seed gives the same bytes.
struct Amplifier {
    private let recording: Recording
    private let responses: [ResponseTemplate]
    private let vocabulary: [[Range<Int>]]
    private var random: SeededGenerator
    private var state = ResponseState()
    private let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)

    /// What one response keeps while it is written.
    private struct ResponseState {
        var identifiers: [[UInt8]] = []
        var nanoseconds: UInt64 = 0
        var number = 0
        var pieces = 0
        var inputTokens = 0
        var said: [[UInt8]] = [[], []]
        /// Only a template that repeats all pieces needs them buffered.
        var keepsSaid = [false, false]
        var last: Range<Int> = 0..<0
        /// An element of the response's JSON array was written.
        var hasElement = false
        /// Where the next pieces come from, and how many more do.
        var source = [0, 0]
        var left = [0, 0]
    }

    init(_ recording: Recording, seed: UInt64) {
        let maker = TemplateMaker(recording)
        self.recording = recording
        responses = maker.responses
        vocabulary = maker.vocabulary
        random = SeededGenerator(seed: seed)
    }

    /// How many recorded pieces of text and reasoning there are to draw from.
    var pieceCount: Int { vocabulary.reduce(0) { $0 + $1.count } }

    /// Appends one response after the other to `stream` until it has at least `count` bytes; returns where each lies.
    mutating func fill(_ stream: inout [UInt8], to count: Int) -> [Range<Int>] {
        stream.reserveCapacity(count + (1 << 20))
        var ranges: [Range<Int>] = []
        while stream.count < count {
            let start = stream.count
            write(responses[random.below(responses.count)], to: &stream)
            ranges.append(start..<stream.count)
        }
        return ranges
    }

    private mutating func write(_ response: ResponseTemplate, to stream: inout [UInt8]) {
        begin(response)
        var position = 0
        while position < response.frames.count {
            guard let piece = response.frames[position].piece else {
                render(response.frames[position], to: &stream)
                position += 1
                continue
            }
            let run = response.frames[position...].prefix { $0.piece == piece }
            for step in 0..<max(1, run.count / 2 + random.below(run.count + 1)) {
                render(run[position + step % run.count], to: &stream)
            }
            position += run.count
        }
    }

    private mutating func begin(_ response: ResponseTemplate) {
        state = ResponseState()
        state.nanoseconds = (1_700_000_000 + random.next() % 90_000_000) * 1_000_000_000 + random.next() % 1_000_000_000
        state.inputTokens = 10 + random.below(4_000)
        state.identifiers = response.identifiers.map { identifier(like: recording.bytes[$0]) }
        for frame in response.frames {
            for case .whole(let kind) in frame.parts { state.keepsSaid[kind.rawValue] = true }
        }
    }

    /// The beginning up to the last separator stays; behind it each digit gives a digit or a hexadecimal, each letter a letter.
    private mutating func identifier(like recorded: ArraySlice<UInt8>) -> [UInt8] {
        let separators = Array("-_".utf8)
        let isUUID = recorded.filter { $0 == separators[0] }.count >= 4
        var prefix = recorded.lastIndex { separators.contains($0) }.map { $0 + 1 } ?? recorded.startIndex
        if isUUID || recorded.endIndex - prefix < 6 {
            prefix = recorded.firstIndex { separators.contains($0) }.map { $0 + 1 } ?? recorded.startIndex
            if isUUID && prefix - recorded.startIndex == 9 { prefix = recorded.startIndex }
        }
        let isHexadecimal = recorded[prefix...].allSatisfy {
            $0 == separators[0] || (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
        }
        let hexadecimal = Array("0123456789abcdef".utf8)
        return recorded[..<prefix]
            + recorded[prefix...].map { byte in
                if separators.contains(byte) { return byte }
                return isHexadecimal ? hexadecimal[random.below(16)] : alphabet[random.below(62)]
            }
    }

    private mutating func render(_ template: Template, to stream: inout [UInt8]) {
        if template.isElement { separateElement(template, &stream) }
        let start = stream.count
        var isNumbered = false
        for part in template.parts {
            switch part {
            case .constant(let range): append(range, to: &stream)
            case .identifier(let index): stream.append(contentsOf: state.identifiers[index])
            case .epochSeconds: append(number: Int(state.nanoseconds / 1_000_000_000), to: &stream)
            case .timestamp(let digits, let isZulu): append(timestamp: digits, isZulu, to: &stream)
            case .obfuscation: for _ in 0..<random.below(17) { stream.append(alphabet[random.below(62)]) }
            case .number:
                append(number: state.number, to: &stream)
                isNumbered = true
            case .numberCount: append(number: state.number, to: &stream)
            case .piece(let kind): append(piece: kind, to: &stream)
            case .echo: append(state.last, to: &stream)
            case .whole(let kind): stream.append(contentsOf: state.said[kind.rawValue])
            case .inputTokens: append(number: state.inputTokens, to: &stream)
            case .outputTokens: append(number: max(2, state.pieces), to: &stream)
            case .totalTokens: append(number: state.inputTokens + max(2, state.pieces), to: &stream)
            }
        }
        if recording.format.framing == .awsEventStream && stream.count - start >= AWSMessage.smallest {
            AWSMessage.seal(&stream, from: start)
        }
        if isNumbered { state.number += 1 }
        state.nanoseconds += 8_000_000 + random.next() % 24_000_000
    }

    private mutating func separateElement(_ template: Template, _ stream: inout [UInt8]) {
        if state.hasElement {
            if let separator = template.separator {
                append(separator, to: &stream)
            } else {
                stream.append(UInt8(ascii: ","))
            }
        }
        state.hasElement = true
    }

    private mutating func append(piece kind: PieceKind, to stream: inout [UInt8]) {
        let index = kind.rawValue
        if state.left[index] == 0 {
            state.left[index] = 1 + random.below(20)
            state.source[index] = random.below(vocabulary[index].count)
        }
        state.last = vocabulary[index][state.source[index]]
        state.left[index] -= 1
        state.source[index] = (state.source[index] + 1) % vocabulary[index].count
        state.pieces += 1
        append(state.last, to: &stream)
        if state.keepsSaid[index] { append(state.last, to: &state.said[index]) }
    }

    private func append(_ range: Range<Int>, to target: inout [UInt8]) {
        recording.bytes.withUnsafeBufferPointer { target.append(contentsOf: UnsafeBufferPointer(rebasing: $0[range])) }
    }

    private func append(number: Int, digits: Int = 1, to stream: inout [UInt8]) {
        var divisor = 1
        var count = 1
        while number / divisor >= 10 || count < digits {
            divisor *= 10
            count += 1
        }
        while divisor > 0 {
            stream.append(UInt8(0x30 + number / divisor % 10))
            divisor /= 10
        }
    }

    /// Days to a civil date as in Howard Hinnant's chrono-compatible algorithms.
    private func append(timestamp digits: Int, _ isZulu: Bool, to stream: inout [UInt8]) {
        let seconds = Int(state.nanoseconds / 1_000_000_000)
        let days = seconds / 86_400 + 719_468
        let era = days / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let fields = [
            (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), 4, "-"), (month, 2, "-"),
            (dayOfYear - (153 * shifted + 2) / 5 + 1, 2, "T"), (seconds / 3_600 % 24, 2, ":"),
            (seconds / 60 % 60, 2, ":"), (seconds % 60, 2, digits > 0 ? "." : ""),
        ]
        for (value, width, separator) in fields {
            append(number: value, digits: width, to: &stream)
            stream.append(contentsOf: separator.utf8)
        }
        if digits > 0 {
            var fraction = Int(state.nanoseconds % 1_000_000_000)
            for _ in 0..<(9 - min(digits, 9)) { fraction /= 10 }
            append(number: fraction, digits: digits, to: &stream)
        }
        stream.append(contentsOf: (isZulu ? "Z" : "+00:00").utf8)
    }
}
