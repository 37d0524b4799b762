import Foundation
import Testing

// Folders that `sluice record` wrote, wherever a command takes a stream's file.

@Suite("recordings as files", .hangGuard)
struct RecordingFolderTests {
    private static let lines = "{\"w\":\"Hi\"}\n{\"w\":\" there\"}\n{\"w\":\"\",\"done\":true}\n"

    @Test(
        "a recording's folder is read like its stream",
        arguments: [
            ["cat"], ["cat", "--json"], ["cat", "--format", "openai-chat"], ["frames"], ["cat", "--strategy", "ring"],
        ])
    func sameAsFile(_ command: [String]) async throws {
        try await Folder.with { folder in
            let place = folder.url.appendingPathComponent("hello").path
            #expect(try await Tool.run("record", "-o", place, input: fullAnswer).status == 0)
            let link = folder.url.appendingPathComponent("link")
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: URL(fileURLWithPath: place))
            let wanted = try await Tool.run(command + [place + "/stream.sse"], input: Data())
            #expect(wanted.status == 0 && !wanted.output.isEmpty)
            for path in [place, place + "/", link.path] {
                let result = try await Tool.run(command + [path], input: Data())
                #expect(result.output == wanted.output && result.status == 0 && result.errors == "", "\(result.errors)")
            }
        }
    }

    @Test("collect names the folder, and tags are the folders' names")
    func names() async throws {
        try await Folder.with { folder in
            for name in ["one", "two"] {
                let place = folder.url.appendingPathComponent(name).path
                #expect(try await Tool.run("record", "-o", place, input: chatText(name) + chatDone).status == 0)
            }
            let (one, two) = (folder.url.path + "/one", folder.url.path + "/two/")
            let collected = try await Tool.run("collect", one)
            #expect(
                collected.output.hasPrefix("{\"file\":\"\(one)\",\"format\":\"openai-chat\",\"status\":\"complete\""))
            let tagged = try await Tool.run("cat", "--tag", one, two)
            #expect(tagged.lines.sorted() == ["one: one", "two: two"] && tagged.status == 0)
        }
    }

    @Test("the framing of a recording is known", arguments: [[], ["--tag", "--framing", "ndjson"]])
    func framing(_ more: [String]) async throws {
        try await Folder.with { folder in
            let place = folder.url.appendingPathComponent("mine").path
            #expect(try await Tool.run("record", "-o", place, input: Self.lines).status == 0)
            let result = try await Tool.run(["cat", "--text", "w"] + more + [place], input: Data())
            #expect(result.output == (more.isEmpty ? "Hi there" : "mine: Hi there\n"), "\(result.errors)")
            #expect(result.status == 0)
            let frames = try await Tool.run("frames", place)
            #expect(frames.lines.count == 3 && frames.status == 0)
        }
    }

    @Test("the corpora are such folders")
    func corpora() async throws {
        let place = Tool.package.appendingPathComponent("corpora/openai-completions")
        let result = try await Tool.run("cat", place.path)
        #expect(result.output == (try Folder(url: place).text("stream.txt")) && result.status == 0)
    }

    @Test("a recording that goes on or was interrupted is read as far as it has come")
    func interrupted() async throws {
        try await Folder.with { folder in
            _ = try folder.file("stream.part", chatText("Hi"))
            let result = try await Tool.run("cat", folder.url.path)
            #expect(result.output == "Hi" && result.status == 3)
        }
    }

    @Test(
        "a folder that is no recording, or has several streams, is reported",
        arguments: ["cat", "collect", "frames", "cat --tag"])
    func unusable(_ command: String) async throws {
        let words = command.split(separator: " ").map(String.init)
        try await Folder.with { folder in
            let path = folder.url.path
            _ = try folder.file("stream.c", "int main;")
            let none = try await Tool.run(words + [path], input: Data())
            #expect(none.status == 1 && none.output == "")
            #expect(none.errors.contains(": it is a folder without a recording (none of stream.sse, stream.ndjson,"))
            #expect(none.errors.contains("give a file, or a folder that 'sluice record' has written\n"))
            _ = try folder.file("stream.sse", chatDone)
            _ = try folder.file("stream.json", "[]")
            let several = try await Tool.run(words + [path], input: Data())
            #expect(several.status == 1 && several.output == "")
            #expect(several.errors.contains("it holds stream.sse and stream.json; give the path of one of them\n"))
        }
    }
}
