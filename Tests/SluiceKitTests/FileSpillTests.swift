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
        var parser = StreamParser(format: .openAIChat)
        try parser.parse(bytes.span, into: &whole)
        try withFolder { folder in
            var limits = Limits()
            limits.maxAccumulatedBytes = limit
            var spill = FileSpill(folder.appending(path: "answer").path(percentEncoded: false))
            // What is past the limit is handed on, so its own files are written too.
            try Data("old".utf8).write(to: URL(filePath: spill.path))
            var answer = Accumulator(limits: limits)
            var parser = StreamParser(format: .openAIChat)
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
            var parser = StreamParser(format: .textField)
            try parser.parse(Array("data: {\"text\":\"Hi\"}\n\n".utf8).span, into: &answer)
            let error = #expect(throws: SluiceError.self) { try answer.spill(to: &spill) }
            #expect(error?.code == .sinkFailed && error?.detail.contains("missing/answer") == true)
            #expect(error?.detail.hasSuffix(": No such file or directory") == true, "\(String(describing: error))")
            #expect(answer.choices[0]?.text == "Hi" && answer.heldBytes == 2)
        }
    }

    // MARK: Many parts

    private static let partCount = 3000

    private static func part(_ number: Int) -> Accumulator.Part {
        Accumulator.Part(choice: 0, field: .arguments(toolCall: number))
    }

    /// Three pieces of each part, in turns, so that each file is closed and opened again.
    private static func spillMany(_ spill: inout FileSpill, _ afterEach: () throws -> Void) throws {
        for round in 0..<3 {
            for number in 0..<partCount {
                try spill.take(Array("\(round),\(number);".utf8), of: part(number))
                try afterEach()
            }
        }
        try spill.close()
    }

    @Test("thousands of tool calls need few open files, and each has a file with its pieces in order")
    func manyParts() throws {
        try withFolder { folder in
            var spill = FileSpill(folder.appending(path: "answer").path(percentEncoded: false))
            try Self.spillMany(&spill) {}
            #expect(spill.paths.count == Self.partCount)
            for number in [0, 1, 1499, Self.partCount - 1] {
                let text = try String(contentsOfFile: spill.path(of: Self.part(number)), encoding: .utf8)
                #expect(text == "0,\(number);1,\(number);2,\(number);")
            }
        }
    }

    #if os(Linux)
    @Test("with room for 24 descriptors thousands of tool calls are spilled")
    func fewDescriptors() async {
        await #expect(processExitsWith: .success) {
            // The process inherits what other tests have open at this moment.
            let inherited = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int($0) }
            let most = (inherited.max() ?? 2) + 1 + 24
            var limit = rlimit(rlim_cur: rlim_t(most), rlim_max: rlim_t(most))
            let status = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            precondition(status == 0)
            try FileSpillTests().withFolder { folder in
                var spill = FileSpill(folder.appending(path: "answer").path(percentEncoded: false))
                try FileSpillTests.spillMany(&spill) {
                    let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
                    precondition(open.count < most)
                }
                precondition(spill.paths.count == FileSpillTests.partCount)
            }
        }
    }

    @Test("a piece that does not fit leaves nothing in the file, and can be taken again")
    func fullDisk() async {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            try FileSpillTests().withFolder { folder in
                var spill = FileSpill(folder.appending(path: "answer").path(percentEncoded: false))
                let part = Accumulator.Part(choice: 0, field: .text)
                try spill.take(Array("begun".utf8), of: part)
                FileSpillTests.limitFiles(to: 8)
                do throws(SluiceError) {
                    try spill.take(Array(" and ended".utf8), of: part)
                    preconditionFailure("there was room")
                } catch {
                    precondition(error.code == .sinkFailed && error.detail.contains("cannot write"), "\(error)")
                }
                FileSpillTests.limitFiles(to: .max)
                try spill.take(Array(" and ended".utf8), of: part)
                try spill.close()
                let text = try String(contentsOfFile: spill.path, encoding: .utf8)
                precondition(text == "begun and ended", text)
            }
        }
    }

    private static func limitFiles(to bytes: rlim_t) {
        var limit = rlimit(rlim_cur: bytes, rlim_max: .max)
        let status = unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        precondition(status == 0, "no limit can be set")
    }
    #endif

    @Test("a piece larger than what is written at once comes whole into the file")
    func largePiece() throws {
        try withFolder { folder in
            var spill = FileSpill(folder.appending(path: "answer").path(percentEncoded: false))
            let piece = (0..<(3 << 20) + 17).map { UInt8(truncatingIfNeeded: $0 >> 8 ^ $0) }
            let part = Accumulator.Part(choice: 2, field: .reasoning)
            try spill.take(piece, of: part)
            try spill.take(piece, of: part)
            try spill.close()
            #expect(try Data(contentsOf: URL(filePath: spill.path(of: part))) == Data(piece + piece))
        }
    }

    @Test("a file that is gone when it is opened again is an error that names it, and the others go on")
    func goneFile() throws {
        try withFolder { folder in
            var spill = FileSpill(folder.appending(path: "answer").path(percentEncoded: false))
            let piece = Array("piece".utf8)
            for number in 0...FileSpill.maxOpenFiles { try spill.take(piece, of: Self.part(number)) }
            try FileManager.default.removeItem(atPath: spill.path(of: Self.part(0)))
            let error = #expect(throws: SluiceError.self) { try spill.take(piece, of: Self.part(0)) }
            #expect(error?.code == .sinkFailed && error?.detail.contains("cannot reopen") == true)
            #expect(error?.detail.contains("answer.call-0") == true)
            try spill.take(piece, of: Self.part(1))
            try spill.close()
            #expect(try String(contentsOfFile: spill.path(of: Self.part(1)), encoding: .utf8) == "piecepiece")
        }
    }

    @Test("what follows a close is written behind what was before it")
    func reopened() throws {
        try withFolder { folder in
            var spill = FileSpill(folder.appending(path: "answer").path(percentEncoded: false))
            for piece in ["one", "two"] {
                try spill.take(Array(piece.utf8), of: Accumulator.Part(choice: 0, field: .text))
                try spill.close()
            }
            #expect(try String(contentsOfFile: spill.path, encoding: .utf8) == "onetwo")
        }
    }
}

extension FileSpill {
    fileprivate mutating func take(_ bytes: [UInt8], of part: Accumulator.Part) throws(SluiceError) {
        unsafe try take(bytes.span.bytes, of: part)
    }
}
