import Foundation

@testable import Sluice
@testable import SluiceTestSupport

// Making a stream that breaks a property small, and writing it as a case of a golden file.

extension GeneratedStream {
    /// The smallest stream found that still `fails`: fewer events, fewer cuts, shorter strings, plainer framing; and where
    /// what the generator meant does not matter, fewer bytes.
    func shrunk(_ fails: (GeneratedStream) -> Bool) -> GeneratedStream {
        var small = self
        small.shrink(fails) { $0.cuts = [] }
        small.shrink(fails) { $0.feeding = .borrowed }
        var size = 0
        // What could not be left out at first may be left out when other things are gone.
        repeat {
            size = small.bytes.count + small.cuts.count
            small.removeParts(of: \.events, fails)
            small.removeParts(of: \.cuts, fails)
            small.writePlainly(fails)
            small.shortenStrings(fails)
        } while small.bytes.count + small.cuts.count < size
        small.shrink(fails) { $0.head = [] }
        small.shrink(fails) { $0.tail = [] }
        small.shrink(fails) { $0.feeding = .borrowed }
        return small.withFewerBytes(fails)
    }

    private mutating func shrink(_ fails: (GeneratedStream) -> Bool, _ change: (inout GeneratedStream) -> Void) {
        var smaller = self
        change(&smaller)
        let count = smaller.bytes.count
        smaller.cuts.removeAll { $0 > count }
        if fails(smaller) { self = smaller }
    }

    /// Leaves out ever smaller runs of a list.
    private mutating func removeParts<Part>(
        of list: WritableKeyPath<GeneratedStream, [Part]>, _ fails: (GeneratedStream) -> Bool
    ) {
        var length = max(1, self[keyPath: list].count / 2)
        while length > 0 {
            var start = 0
            while start + length <= self[keyPath: list].count {
                let before = self[keyPath: list].count
                shrink(fails) { $0[keyPath: list].removeSubrange(start..<start + length) }
                if self[keyPath: list].count == before { start += length }
            }
            length /= 2
        }
    }

    /// Has each event written without what need not be, and say one thing where it said several.
    private mutating func writePlainly(_ fails: (GeneratedStream) -> Bool) {
        for number in events.indices {
            let event = events[number]
            if !event.isPlain, let plain = event.rewrite?(event.said, true) {
                shrink(fails) { $0.events[number] = plain }
            }
            for act in event.said.indices.reversed() where events[number].said.count > 1 {
                var said = events[number].said
                said.remove(at: act)
                guard let less = event.rewrite?(said, events[number].isPlain) else { continue }
                shrink(fails) { $0.events[number] = less }
            }
        }
    }

    /// Has each event said with less.
    private mutating func shortenStrings(_ fails: (GeneratedStream) -> Bool) {
        for number in events.indices {
            for act in events[number].said.indices {
                var length = Int.max
                while let rewrite = events[number].rewrite, let count = events[number].said[act].unitCount,
                    count < length
                {
                    length = count
                    for part in [0..<count / 2, count / 2..<count, 1..<count, 0..<count - 1] where !part.isEmpty {
                        var said = events[number].said
                        said[act] = said[act].shortened(to: part)
                        guard let event = rewrite(said, events[number].isPlain) else { continue }
                        shrink(fails) { $0.events[number] = event }
                        if (events[number].said[act].unitCount ?? 0) < count { break }
                    }
                }
            }
        }
    }

    /// As one event of ever fewer bytes, where the property does not ask what was meant.
    private func withFewerBytes(_ fails: (GeneratedStream) -> Bool) -> GeneratedStream {
        var small = self
        small.events = [Event(acts: [], bytes: bytes)]
        (small.head, small.tail, small.isEdited) = ([], [], true)
        guard fails(small) else { return self }
        small.removeParts(of: \.onlyBytes, fails)
        return small
    }

    private var onlyBytes: [UInt8] {
        get { events.first?.bytes ?? [] }
        set { events = [Event(acts: [], bytes: newValue)] }
    }
}

extension StreamAct {
    /// UTF-16 of a text that may be shortened; nil for others, and for one of a letter.
    var unitCount: Int? {
        switch self {
        case .text(_, let units), .reasoning(_, let units), .toolPlan(let units), .refusal(_, let units),
            .toolArguments(_, _, let units), .finish(_, let units), .error(_, let units):
            units.count > 1 ? units.count : nil
        case .toolCall, .wholeCall, .whole, .usage, .terminal, .silence, .unread, .bad, .stray: nil
        }
    }

    fileprivate func shortened(to part: Range<Int>) -> StreamAct {
        switch self {
        case .text(let choice, let units): .text(choice: choice, Array(units[part]))
        case .reasoning(let choice, let units): .reasoning(choice: choice, Array(units[part]))
        case .toolPlan(let units): .toolPlan(Array(units[part]))
        case .refusal(let choice, let units): .refusal(choice: choice, Array(units[part]))
        case .toolArguments(let choice, let tool, let units):
            .toolArguments(choice: choice, tool: tool, Array(units[part]))
        case .finish(let choice, let units): .finish(choice: choice, Array(units[part]))
        case .error(let type, let units): .error(type: type, Array(units[part]))
        case .toolCall, .wholeCall, .whole, .usage, .terminal, .silence, .unread, .bad, .stray: self
        }
    }
}

extension GeneratedStream: CustomStringConvertible {
    var description: String {
        let way = feeding == .borrowed ? "" : " through \(feeding)"
        return "\"\(VisibleBytes.write(bytes))\"" + (cuts.isEmpty ? "" : " cut at \(cuts)") + way
    }

    /// Writes the stream as a case of its format's golden file, with the log that the slow reference has of it, and returns
    /// where. Golden tests cut every case at every place, so cuts need not be kept.
    func writeCase(_ title: String, to folder: URL) throws -> URL {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "\(format.name).md")
        let isNew = !FileManager.default.fileExists(atPath: file.path())
        var text = isNew ? "# \(format.name)\n" : try String(contentsOf: file, encoding: .utf8)
        text += "\n## \(title), seed \(seed)\n\nFound by a property; tell here what it shows.\n\n"
        if format.framing != WireFormat.named(format.name)?.framing {
            text += "<!-- framing: \(format.framing.rawValue) -->\n\n"
        }
        text += "```\(format.framing == .awsEventStream ? "hex" : "text")\n\(block)\n```\n\n"
        let wanted = ReferenceStream.read(bytes, ReferenceTable(format))
        text += "```deltas\n\(wanted.wireLog)\n```\n"
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file
    }

    /// Lines of the input as golden files have them.
    private var block: String {
        guard format.framing != .awsEventStream else {
            return stride(from: 0, to: bytes.count, by: 24).map { start in
                bytes[start..<min(start + 24, bytes.count)].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
                    .joined(separator: " ")
            }.joined(separator: "\n")
        }
        return VisibleBytes.write(bytes).replacing("\\n", with: "\\n\n").trimmingCharacters(in: .newlines)
    }
}

extension ReferenceStream {
    /// As a golden file has it.
    var wireLog: String {
        var lines = deltas.map(\.wireLine)
        if isNoStream { lines.append("stopped not-a-stream offset=0 event=0") }
        let rest = (unread > 0 ? " unread=\(unread)" : "") + (endsInside ? " inside-event" : "")
        lines.append("end \(status.rawValue) frames=\(frames) deltas=\(deltas.count - malformed)\(rest)")
        return lines.joined(separator: "\n")
    }
}

extension ReferenceDelta {
    fileprivate var wireLine: String {
        func quoted(_ bytes: [UInt8]) -> String { "\"\(VisibleBytes.write(bytes))\"" }
        let tools = "choice=\(choice) tool=\(tool)" + (isToolCounted ? " counted" : "")
        let whole = isWhole ? " whole" : ""
        switch kind {
        case .text: return "text choice=\(choice) \(quoted(bytes))"
        case .reasoning: return "reasoning choice=\(choice)\(isToolPlan ? " plan" : "") \(quoted(bytes))"
        case .refusal: return "refusal choice=\(choice) \(quoted(bytes))"
        case .toolCall:
            let marks = (origin == .client ? "" : " origin=\(origin)") + (isContinuation ? " continued" : "")
            return "tool_call \(tools) id=\(quoted(bytes)) name=\(quoted(other))\(marks)"
        case .toolArguments: return "tool_arguments \(tools)\(whole) \(quoted(bytes))"
        case .finish: return "finish choice=\(choice) \(quoted(bytes))"
        case .usage:
            return "usage" + (input.map { " input=\($0)" } ?? "") + (output.map { " output=\($0)" } ?? "") + whole
        case .partial: return "partial choice=\(choice) \(quoted(bytes))"
        case .error: return "error type=\(quoted(other))\(details?.loggedBesideType ?? "") \(quoted(bytes))"
        case .detail:
            let name = String(decoding: other, as: UTF8.self)
            return "detail choice=\(choice) \(name)\(isWhole ? " json" : "") \(quoted(bytes))"
        case .payload: return "payload \(quoted(bytes))"
        case .malformed: return "malformed \(codes.sorted().first ?? "") offset=\(offset) event=\(event)"
        }
    }
}
