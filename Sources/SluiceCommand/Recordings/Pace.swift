import ArgumentParser

/// How fast a recording is given back.
enum Pace: Equatable, Sendable, ExpressibleByArgument {
    /// As it arrived, or so many times as fast.
    case recorded(speed: Double)
    /// Without waiting.
    case max

    init?(argument: String) {
        switch argument {
        case "recorded": self = .recorded(speed: 1)
        case "max": self = .max
        default:
            guard let sign = argument.last, "x×".contains(sign), let speed = Double(argument.dropLast()),
                speed > 0, speed.isFinite
            else { return nil }
            self = .recorded(speed: speed)
        }
    }

    var defaultValueDescription: String { self == .recorded(speed: 1) ? "recorded" : "max" }

    /// How long after the response's first byte a read is given back; nil at once.
    func delay(_ nanoseconds: UInt64) -> Duration? {
        guard case .recorded(let speed) = self else { return nil }
        // A century is more than anybody waits, and Duration can hold it.
        return .seconds(min(Double(nanoseconds) / 1e9 / speed, 3e9))
    }
}
