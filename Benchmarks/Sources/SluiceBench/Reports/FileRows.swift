import Sluice

/// One recording of the user's: what it is, how the stream was made of it, and who does not take part.
struct FileRow: Codable {
    var name: String
    var format: String
    var framing: String
    var isFormatDetected: Bool
    var recordedBytes: Int
    var recordedResponses: Int
    /// amplified, recorded or repeated.
    var origin: String
    /// Of an amplified stream: how many recorded pieces its text is drawn from.
    var pieces: Int?
    /// Of a repeated one: how often, and why.
    var repetitions: Int?
    var reason: String?
    var notes: [String]
    var answer: String
    var isAnswerConfirmed: Bool
    var rounds: Int
    var notTakingPart: [Exclusion] = []
    var excluded: [Exclusion] = []

    enum CodingKeys: String, CodingKey {
        case name, format, framing, origin, pieces, repetitions, reason, notes, answer, rounds, excluded
        case isFormatDetected = "format_is_detected"
        case recordedBytes = "recorded_bytes"
        case recordedResponses = "recorded_responses"
        case isAnswerConfirmed = "answer_is_confirmed"
        case notTakingPart = "not_taking_part"
    }

    init(_ source: FileStream, _ truth: FileTruth, rounds: Int) {
        let format = source.stream.format
        name = source.stream.corpus
        self.format = format.name
        framing = format.framing.rawValue
        isFormatDetected = source.stream.isFormatDetected
        recordedBytes = source.recordedBytes
        recordedResponses = source.recordedResponses
        switch source.origin {
        case .amplified(let pieces): (origin, self.pieces) = ("amplified", pieces)
        case .recorded: origin = "recorded"
        case .repeated(let times, let reason):
            (origin, repetitions, self.reason) = ("repeated", times, reason)
        }
        notes = source.notes
        answer = truth.source
        isAnswerConfirmed = truth.isConfirmed
        self.rounds = rounds
    }

    /// Of Sluice, who gives another answer than Sluice without event templates: an error of Sluice's.
    var wrong: [Exclusion] { excluded.filter { $0.contender.hasPrefix("sluice") } }
}
