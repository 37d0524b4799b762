@testable import Sluice

// The log of a frame parser as lines of text, for golden files and for messages.

extension FrameLog {
    var text: String {
        var lines = entries.map(\.text)
        lines.append(isFatal ? "stopped" : endedInsideEvent ? "end inside-event" : "end")
        return lines.joined(separator: "\n")
    }

    /// The first line that differs, and what is wanted there.
    func firstDifference(from wanted: FrameLog) -> String {
        let found = text.split(separator: "\n")
        let lines = wanted.text.split(separator: "\n")
        for (line, other) in zip(found, lines) where line != other { return "\(line) instead of \(other)" }
        if found.count != lines.count { return "\(found.count) lines instead of \(lines.count)" }
        return "\(self) instead of \(wanted)"
    }
}

extension FrameLog.Entry {
    var text: String {
        switch self {
        case .frame(let frame): frame.text
        case .problem(let problem):
            "error \(problem.code) offset=\(problem.offset) event=\(problem.event) excerpt=\"\(problem.excerpt)\""
        }
    }
}

extension OwnedFrame {
    var text: String {
        func quoted(_ bytes: [UInt8]) -> String { "\"\(VisibleBytes.write(bytes))\"" }
        var text =
            "frame offset=\(offset) number=\(number) event=\(quoted(event)) data=\(quoted(data)) id=\(quoted(id))"
        if let retry { text += " retry=\(retry)" }
        if isUnterminated { text += " unterminated" }
        return text
    }
}
