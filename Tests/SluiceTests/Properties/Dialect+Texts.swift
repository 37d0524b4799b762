import Sluice

@testable import SluiceTestSupport

// Plain text, and what people's own servers send.

extension Dialect {
    static let texts: [Dialect] = [
        Dialect(.replicate, [.text, .finish], replicate),
        Dialect(.rawText, [.text, .terminal], rawText),
        Dialect(.deltaDone, [.text, .terminal], deltaDone),
    ]

    /// Server-Sent Events cannot carry a carriage return, nor text that is not Unicode.
    private static func plain(_ units: [UInt16]) -> String {
        String(String.UnicodeScalarView(units.decoded.unicodeScalars.filter { $0 != "\r" }))
    }

    private static func replicate(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        switch act {
        case .text(_, let units): return Rendering(plain(units), event: "output")
        case .finish(_, let units):
            let text = plain(units)
            return text == "{}" ? nil : Rendering(text, event: "done", also: [.terminal])
        case .error(_, let message): return Rendering(plain(message), event: "error")
        case .silence:
            let text = generator.pick(["", "{}", "x\ny"])
            return Rendering(
                text, event: generator.pick(["logs", "outputs", ""]), also: text.isEmpty ? [] : [.unread])
        default: return nil
        }
    }

    private static func rawText(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        switch act {
        case .text(_, let units):
            // The marker is none when more stands beside it.
            let text = plain(units)
            return text == "[DONE]" ? nil : Rendering(text)
        case .error(_, let message):
            let text = plain(message)
            return text == "[DONE]" ? nil : Rendering(text, event: "error")
        case .terminal: return Rendering("[DONE]")
        case .silence: return Rendering("")
        default: return nil
        }
    }

    private static func deltaDone(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        switch act {
        case .text(_, let units):
            return Rendering(
                ["delta": .text(units), "done": false, "chunk_index": 0], event: generator.pick([nil, "message"]))
        case .error(_, let message):
            if generator.oneIn(2) { return Rendering(["error": .text(message)]) }
            return Rendering(["message": .text(message), "partial": "no"], event: "error")
        case .terminal: return Rendering(["delta": "", "done": true, "total_chunks": 1], isAlone: true)
        default: return nil
        }
    }
}
