import Sluice
import Testing

@testable import SluiceKit

@Suite("memory of tool calls")
struct ToolArgumentMemoryTests {
    @Test("choices that finish without end are not all kept")
    func choices() throws {
        var limits = Limits()
        limits.maxChoices = 16
        var tools = ToolArguments(limits: limits)
        var parser = StreamParser(format: .openAIChat)
        for choice in 0..<1_000 {
            let call = #"{"index":0,"id":"c","function":{"name":"f","arguments":"{"}}"#
            let delta = choice < 4 ? #"{"tool_calls":[\#(call)]}"# : "{}"
            let event = #"{"choices":[{"index":\#(choice),"delta":\#(delta),"finish_reason":"length"}]}"#
            try parser.parse(Array("data: \(event)\n\n".utf8).span) { tools.add($0) }
        }
        #expect(tools.calls.count == 4 && tools.cut.count == 16 && tools.unfinished.isEmpty)
        tools.finish(parser.end)
        while let call = tools.nextEnded() { #expect(!tools.calls[call].isComplete) }
    }
}
