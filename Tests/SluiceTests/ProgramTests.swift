import Sluice
import Testing

@testable import SluiceTestSupport

@Suite("programs of repeated events")
struct ProgramTests {
    @Test("an event of more texts than a program has steps gives them all, each time", arguments: [1, 7, 8, 9, 40])
    func anyNumberOfChoices(_ choices: Int) throws {
        var parser = StreamParser(format: .openAIChat)
        for round in 0..<4 {
            let texts = (0..<choices).map { "\(round)-\($0)" }
            let items = texts.enumerated().map { "{\"index\":\($0.offset),\"delta\":{\"content\":\"\($0.element)\"}}" }
            let event = Array("data: {\"choices\":[\(items.joined(separator: ","))]}\n\n".utf8)
            var found: [String] = []
            var numbers: [Int] = []
            try parser.parse(event.span) { delta in
                found.append(delta.string)
                numbers.append(delta.choice)
            }
            #expect(found == texts)
            #expect(numbers == Array(0..<choices))
        }
    }
}
