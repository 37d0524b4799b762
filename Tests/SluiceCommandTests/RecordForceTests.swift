import Foundation
import Testing

// What `sluice record --force` may replace: the files of a recording, and nothing else, whatever it is named.

@Suite("sluice record --force", .hangGuard)
struct RecordForceTests {
    /// Records into `folder` what `input` has.
    private func record(_ folder: Folder, _ more: String..., input: String = fullAnswer) async throws -> Tool.Result {
        try await Tool.run(["record", "-o", folder.url.path] + more, input: Data(input.utf8))
    }

    @Test("replaces a recording and leaves every other file, also those named stream.*")
    func otherFiles() async throws {
        try await Folder.with { folder in
            _ = try folder.file("stream.ndjson", "old")
            _ = try folder.file("stream.times", "0\t3\n")
            let others = ["stream.c", "stream.h", "stream.txt", "stream.", "stream.sse.bak", "stream.parts", "notes"]
            for name in others { _ = try folder.file(name, name) }
            let result = try await record(folder, "--force")
            #expect(result.status == 0, "\(result.errors)")
            #expect(try folder.names == (others + ["stream.sse", "stream.times"]).sorted())
            for name in others { #expect(try folder.text(name) == name) }
            #expect(try folder.text("stream.sse") == fullAnswer)
        }
    }

    @Test("files named stream.* that no recording has are in nobody's way", arguments: [[], ["--force"]])
    func foreignNames(_ more: [String]) async throws {
        try await Folder.with { folder in
            _ = try folder.file("stream.c", "int main;")
            let result = try await Tool.run(["record", "-o", folder.url.path] + more, input: Data(fullAnswer.utf8))
            #expect(result.status == 0, "\(result.errors)")
            #expect(try folder.names == ["stream.c", "stream.sse", "stream.times"])
            #expect(try folder.text("stream.c") == "int main;")
        }
    }

    @Test(
        "refuses what has a recording's names and is none, and changes nothing",
        arguments: [
            (["stream.json": "{}"], "holds stream.json without stream.times, which is not a recording"),
            (["stream.times": "0\t1\n"], "holds stream.times, but no stream that belongs to it"),
            (["stream.sse": "a", "stream.json": "{}", "stream.times": "0\t1\n"], "holds stream.sse and stream.json"),
            (["stream.sse": "ab", "stream.times": "0\t1\n"], "reports 1 bytes, but the stream has 2"),
            (["stream.sse": "ab", "stream.times": "08:15 bus\n"], "stream.times that does not describe it"),
            (["stream.part": "a draft"], "holds stream.part, which is not an interrupted recording"),
            (["stream.part.times": "0\t1\n"], "holds stream.part.times, which is not an interrupted recording"),
            (["stream.part": "ab", "stream.part.times": "0\t3\n"], "which is not an interrupted recording"),
            (["stream.part": "ab", "stream.part.times": "hello\n"], "which is not an interrupted recording"),
        ])
    func notARecording(_ files: [String: String], _ problem: String) async throws {
        for more in [["--force"], []] {
            try await Folder.with { folder in
                for (name, text) in files { _ = try folder.file(name, text) }
                let result = try await Tool.run(["record", "-o", folder.url.path] + more, input: Data(fullAnswer.utf8))
                #expect(result.status == 1)
                #expect(result.errors.contains(problem), "\(result.errors)")
                #expect(result.errors.contains("nothing was changed; move"), "\(result.errors)")
                #expect(try folder.names == files.keys.sorted())
                for (name, text) in files { #expect(try folder.text(name) == text) }
            }
        }
    }

    @Test("follows no symbolic link and removes no folder", arguments: ["stream.sse", "stream.times", "stream.part"])
    func linksAndFolders(_ name: String) async throws {
        try await Folder.with { folder in
            let place = Folder(url: folder.url.appendingPathComponent("place"))
            try FileManager.default.createDirectory(at: place.url, withIntermediateDirectories: true)
            let target = try folder.write(Data("mine".utf8), as: "target")
            let link = place.url.appendingPathComponent(name)
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
            let linked = try await record(place, "--force")
            #expect(linked.status == 1)
            #expect(linked.errors.contains("\(name)' is a symbolic link, and not part of a recording"))
            #expect(try folder.text("target") == "mine" && place.names == [name])

            try FileManager.default.removeItem(at: link)
            try FileManager.default.createDirectory(at: link, withIntermediateDirectories: true)
            _ = try place.file("\(name)/inside", "mine")
            let inFolder = try await record(place, "--force")
            #expect(inFolder.status == 1)
            #expect(inFolder.errors.contains("\(name)' is a folder, and not part of a recording"))
            #expect(try place.text("\(name)/inside") == "mine")
        }
    }

    @Test("replaces an interrupted recording, whose last read may be missing from its times")
    func interrupted() async throws {
        for times in ["0\t3\n", "0\t3\n9\t4", "0\t3\n9\t2\n", ""] {
            try await Folder.with { folder in
                _ = try folder.file("stream.part", "a: b\n")
                _ = try folder.file("stream.part.times", times)
                let refused = try await record(folder)
                #expect(refused.status == 1)
                #expect(refused.errors.contains("stream.part' is left of an interrupted recording; give --force"))
                #expect(try folder.text("stream.part") == "a: b\n")
                let done = try await record(folder, "--force")
                #expect(done.status == 0, "\(done.errors)")
                #expect(try folder.names == ["stream.sse", "stream.times"])
            }
        }
    }

    @Test("does not touch a recording that another process is writing")
    func beingWritten() async throws {
        try await Folder.with { folder in
            let tool = try LiveTool("record", "--tee", "-o", folder.url.path)
            try tool.write(fullAnswer)
            _ = try tool.read(fullAnswer.utf8.count)
            for more in [[], ["--force"]] {
                let other = try await Tool.run(
                    ["record", "-o", folder.url.path] + more, input: Data("data: 1\n\n".utf8))
                #expect(other.status == 1)
                #expect(other.errors.contains("stream.part' is being written by another 'sluice record'"))
            }
            try tool.input.fileHandleForWriting.close()
            #expect(await tool.end() == 0)
            #expect(try folder.names == ["stream.sse", "stream.times"])
            #expect(try folder.text("stream.sse") == fullAnswer)
        }
    }

    @Test("a file that appears while a recording goes on is kept, and so is what came")
    func appears() async throws {
        for more in [[], ["--force"]] {
            try await Folder.with { folder in
                let tool = try LiveTool(["record", "--tee", "-o", folder.url.path] + more)
                try tool.write(fullAnswer)
                _ = try tool.read(fullAnswer.utf8.count)
                _ = try folder.file("stream.sse", "mine")
                try tool.input.fileHandleForWriting.close()
                #expect(await tool.end() == 1)
                #expect(try folder.text("stream.sse") == "mine")
                #expect(try folder.text("stream.part") == fullAnswer)
            }
        }
    }

    @Test("a new folder that got other files meanwhile is not removed with a recording that never came")
    func abandoned() async throws {
        try await Folder.with { folder in
            let place = folder.url.appendingPathComponent("new")
            let tool = try LiveTool("record", "-o", place.path)
            while !FileManager.default.fileExists(atPath: place.appendingPathComponent("stream.part.times").path) {
                try await Task.sleep(for: .milliseconds(10))
            }
            _ = try folder.file("new/mine", "mine")
            try tool.input.fileHandleForWriting.close()
            #expect(await tool.end() == 2)
            #expect(try Folder(url: place).names == ["mine"])
        }
    }
}
