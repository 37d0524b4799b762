import Sluice
import SluiceKit

/// How text is shown.
struct TextStyle: Sendable {
    var showsReasoning = true
    /// Reasoning is dimmed by escape codes.
    var dimsReasoning = false
    /// Text is printed by words, not by tokens.
    var showsWords = false
}

/// Prints an answer as a person reads it: text as it arrives, tool calls and reasoning on lines of their own.
///
/// Only one choice can be printed as it arrives: the first that has text. The others are kept, and printed one after
/// the other when the stream has ended.
struct TextSink: DeltaSink {
    private let style: TextStyle
    private var live: ChoicePrinter
    private var liveChoice: Int?
    private var others: [Int: KeptChoice] = [:]

    init(_ style: TextStyle) {
        self.style = style
        live = ChoicePrinter(style)
    }

    @inline(__always)
    mutating func take(_ delta: borrowing Delta, _ output: inout Output) {
        if delta.choice == liveChoice { return live.take(delta, &output) }
        takeOther(delta, &output)
    }

    mutating func pause(_ output: inout Output) { live.pause(&output) }

    var isHolding: Bool { live.isHolding }

    mutating func release(_ output: inout Output) { live.release(&output) }

    /// Ends what is being printed, and prints the other choices.
    mutating func finish(_ output: inout Output) {
        live.finish(&output)
        for (number, kept) in others.sorted(by: { $0.key < $1.key }) {
            kept.printer.finish(&kept.output)
            kept.output.endShown()
            output.beginLine()
            output.append("\n[choice \(number)]\n")
            output.append(kept.output)
        }
        others = [:]
        if output.isTerminal { output.beginLine() }
    }

    private mutating func takeOther(_ delta: borrowing Delta, _ output: inout Output) {
        switch delta.kind {
        case .usage, .partial, .error, .malformed, .finish, .detail, .payload: return
        case .text, .reasoning, .refusal, .toolCall, .toolArguments: break
        }
        guard liveChoice != nil else {
            liveChoice = delta.choice
            return live.take(delta, &output)
        }
        let kept = others[delta.choice] ?? KeptChoice(style, showsControls: output.showsControls)
        others[delta.choice] = kept
        kept.printer.take(delta, &kept.output)
    }
}

/// A choice that is printed later.
private final class KeptChoice {
    var output: Output
    var printer: ChoicePrinter

    init(_ style: TextStyle, showsControls: Bool) {
        output = Output(keptForShowingControls: showsControls)
        printer = ChoicePrinter(style)
    }
}

/// Prints one choice: what kind of thing is being printed, and what separates it from the next.
private struct ChoicePrinter {
    private enum Kind { case nothing, text, reasoning, refusal, tool }

    private struct Tool {
        var id = ""
        var name = ""
        var mark: String?
    }

    private let style: TextStyle
    private var kind = Kind.nothing
    private var tool = 0
    private var tools: [Int: Tool] = [:]
    /// The call that is being printed has no head yet: more of its name may come.
    private var isHeadHeld = false

    private var words: WordBuffer?

    init(_ style: TextStyle) {
        self.style = style
        if style.showsWords { words = WordBuffer() }
    }

    var isHolding: Bool { isHeadHeld || words?.pending.isEmpty == false }

    mutating func release(_ output: inout Output) {
        if isHeadHeld { appendHead(&output) }
        if let rest = words?.flush() { output.append(rest) }
    }

    @inline(__always)
    mutating func take(_ delta: borrowing Delta, _ output: inout Output) {
        switch delta.kind {
        case .text: append(delta, as: .text, &output)
        case .reasoning: if style.showsReasoning { append(delta, as: .reasoning, &output) }
        case .refusal: append(delta, as: .refusal, &output)
        case .toolCall: beginTool(delta, &output)
        case .toolArguments:
            if kind != .tool || tool != delta.tool { showTool(delta.tool, &output) }
            if isHeadHeld { appendHead(&output) }
            output.append(delta.bytes)
        case .finish, .usage, .partial, .error, .malformed, .detail, .payload: break
        }
    }

    mutating func finish(_ output: inout Output) {
        let wasTool = kind == .tool
        leave(&output)
        if wasTool { output.beginLine() }
    }

    mutating func pause(_ output: inout Output) {
        leave(&output)
        output.beginLine()
    }

    @inline(__always)
    private mutating func append(_ delta: borrowing Delta, as new: Kind, _ output: inout Output) {
        if kind != new { begin(new, &output) }
        if words == nil { return output.append(delta.bytes) }
        if let shown = words?.append(delta.string) { output.append(shown) }
    }

    private mutating func begin(_ new: Kind, _ output: inout Output) {
        let isFirst = kind == .nothing && new != .tool
        leave(&output)
        if !isFirst { output.beginLine() }
        kind = new
        if new == .reasoning && style.dimsReasoning { output.append("\u{1B}[2m" as StaticString) }
    }

    private mutating func leave(_ output: inout Output) {
        release(&output)
        if kind == .reasoning && style.dimsReasoning { output.append("\u{1B}[22m" as StaticString) }
        kind = .nothing
    }

    /// A call begins, or its name or id goes on. What comes after the call's head was printed is not shown: a call is shown
    /// once, except where others interrupt it.
    private mutating func beginTool(_ delta: borrowing Delta, _ output: inout Output) {
        let id = String(copying: delta.toolID)
        let name = String(copying: delta.toolName)
        if delta.isContinuation, var known = tools[delta.tool] {
            if known.id.isEmpty { known.id = id }
            known.name += name
            tools[delta.tool] = known
            return
        }
        tools[delta.tool] = Tool(id: id, name: name, mark: delta.toolOrigin.mark)
        showTool(delta.tool, &output)
    }

    private mutating func showTool(_ number: Int, _ output: inout Output) {
        begin(.tool, &output)
        tool = number
        isHeadHeld = true
    }

    /// `⚙ name(id) `, or `⚙ name(id) (server) `, which its arguments follow.
    private mutating func appendHead(_ output: inout Output) {
        isHeadHeld = false
        let known = tools[tool] ?? Tool()
        output.append("⚙ " + (known.name.isEmpty && known.id.isEmpty ? "tool \(tool)" : known.name))
        output.append((known.id.isEmpty ? " " : "(\(known.id)) ") + (known.mark.map { $0 + " " } ?? ""))
    }
}
