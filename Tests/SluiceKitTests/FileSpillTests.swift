import Foundation
import Sluice
import SluiceKit
import Testing

@Suite("spill files")
struct FileSpillTests {
    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "spill-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    private static let lines: [String] = {
        var lines: [String] = []
        for number in 0..<2000 {
            lines.append(#"{"choices":[{"index":\#(number % 3),"delta":{"content":"word \#(number) "}}]}"#)
            lines.append(#"{"choices":[{"index":0,"delta":{"reasoning_content":"thought é \#(number) "}}]}"#)
            let call = #"{"index":\#(number % 2),"function":{"arguments":"[\#(number)]"}}"#
            lines.append(#"{"choices":[{"index":1,"delta":{"tool_calls":[\#(call)]}}]}"#)
        }
        return lines
    }()

    @Test(
        "files and memory together are the whole answer, and memory stays within its limit", arguments: [0, 100, 4096])
    func whole(_ limit: Int) throws {
        let bytes = Array(Self.lines.map { "data: \($0)\n\n" }.joined().utf8)
        var whole = Accumulator()
        var parser = try StreamParser(format: .openAIChat)
        try parser.parse(bytes.span, into: &whole)
        try withFolder { folder in
            var limits = Limits()
            limits.maxAccumulatedBytes = limit
            var spill = FileSpill(folder.appending(path: "answer").path(percentEncoded: false))
            // What is past the limit is handed on, so its own files are written too.
            try Data("old".utf8).write(to: URL(filePath: spill.path))
            var answer = Accumulator(limits: limits)
            var parser = try StreamParser(format: .openAIChat)
            var reader = parser.read(bytes.span)
            while let delta = try reader.next() {
                try answer.add(delta, spillingTo: &spill)
                #expect(answer.heldBytes <= limit)
            }
            try answer.spill(to: &spill)
            try spill.close()
            func text(_ ending: String) throws -> String {
                String(decoding: try Data(contentsOf: URL(filePath: spill.path + ending)), as: UTF8.self)
            }
            #expect(try text("") == whole.choices[0]?.text)
            #expect(try text(".reasoning") == whole.choices[0]?.reasoning)
            #expect(try text(".choice-2") == whole.choices[2]?.text)
            #expect(try text(".choice-1.call-0") == whole.choices[1]?.toolCalls[0].arguments)
            #expect(try text(".choice-1.call-1") == whole.choices[1]?.toolCalls[1].arguments)
            #expect(spill.paths.count == 6 && answer.heldBytes == 0 && answer.droppedBytes == 0)
            #expect(answer.spilledBytes == UInt64(whole.heldBytes))
        }
    }

    @Test("a file that cannot be written is an error that names it, and what is held stays held")
    func failure() throws {
        try withFolder { folder in
            var spill = FileSpill(folder.appending(path: "missing/answer").path(percentEncoded: false))
            var answer = Accumulator()
            var parser = try StreamParser(format: .textField)
            try parser.parse(Array("data: {\"text\":\"Hi\"}\n\n".utf8).span, into: &answer)
            let error = #expect(throws: SluiceError.self) { try answer.spill(to: &spill) }
            #expect(error?.code == .sinkFailed && error?.detail.contains("missing/answer") == true)
            #expect(answer.choices[0]?.text == "Hi" && answer.heldBytes == 2)
        }
    }
}
