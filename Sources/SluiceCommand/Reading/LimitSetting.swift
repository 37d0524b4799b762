import ArgumentParser
import Sluice

/// Limits on the command line: by the names that they have in the library, and that errors name.
enum LimitSetting {
    private static let numbers: [(name: String, limit: any WritableKeyPath<Limits, Int> & Sendable)] = [
        ("maxEventBytes", \.maxEventBytes), ("maxDataLinesPerEvent", \.maxDataLinesPerEvent),
        ("maxEventNameBytes", \.maxEventNameBytes), ("maxIDBytes", \.maxIDBytes),
        ("maxNestingDepth", \.maxNestingDepth), ("maxCapturesPerEvent", \.maxCapturesPerEvent),
        ("maxChoices", \.maxChoices), ("maxToolCalls", \.maxToolCalls), ("maxTemplates", \.maxTemplates),
        ("maxAccumulatedBytes", \.maxAccumulatedBytes), ("maxProblems", \.maxProblems),
    ]

    /// All names, as a list for people.
    static var names: String {
        let defaults = Limits()
        return numbers.map { "\($0.name) (\(defaults[keyPath: $0.limit]))" }.joined(separator: ", ")
            + ", whenExceeded (skip)"
    }

    /// Sets what `setting`, of the form `name=value`, says.
    static func apply(_ setting: String, to limits: inout Limits) throws {
        let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let value = parts.count == 2 ? parts[1] : ""
        if parts[0] == "whenExceeded" {
            switch value {
            case "skip": limits.whenExceeded = .skip
            case "fail": limits.whenExceeded = .fail
            default: throw ValidationError("--limit whenExceeded is '\(value)'; give skip or fail")
            }
            return
        }
        guard let limit = numbers.first(where: { $0.name == parts[0] })?.limit else {
            throw ValidationError("--limit '\(parts[0])' is not a limit; the limits are: \(names)")
        }
        guard let number = Int(value), number >= 0 else {
            throw ValidationError("--limit \(parts[0]) is '\(value)'; give a number from 0")
        }
        limits[keyPath: limit] = number
    }
}
