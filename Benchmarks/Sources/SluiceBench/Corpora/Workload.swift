import CBaselines
import Sluice

/// Streams composed to strain one thing each, where recordings are all alike. All but the last three carry raw text.
struct Workload {
    var stream: Stream
    var chunk: ChunkSize

    /// Some four MiB each.
    static func all(seed: UInt64) -> [Workload] {
        let size = 4 << 20
        func many(_ name: String, chunk: Int = 65_536, _ event: (Int, inout SeededGenerator) -> String) -> Workload {
            var random = SeededGenerator(seed: seed)
            var text = ""
            var number = 0
            while text.utf8.count < size {
                text += event(number, &random)
                number += 1
            }
            let stream = Stream(workload: name, .rawText, BASELINE_RAW_TEXT, Array(text.utf8))
            return Workload(stream: stream, chunk: .bytes(chunk))
        }
        let scripts = ["水門が開く", "بوابة الماء", "👩🏽‍🚀👨‍👩‍👧‍👦", "수문이 열리면", "naïve café", "Ελληνικά"]
        return [
            many("data-only") { number, random in "data: event \(number) \(words(&random, 12))\n\n" },
            many("named-event") { number, random in "event: delta\ndata: event \(number) \(words(&random, 12))\n\n" },
            many("identified-event") { number, random in "id: \(number)\ndata: \(words(&random, 12))\n\n" },
            many("multibyte") { number, random in
                "data: \(number) \(scripts[random.below(6)]) \(scripts[random.below(6)])\n\n"
            },
            many("heartbeat") { number, random in
                String(repeating: ": ping\n\n", count: 1 + random.below(20)) + "data: beat \(number)\n\n"
            },
            many("idle-stream", chunk: 16) { number, _ in
                number % 1000 == 999 ? "data: still here \(number)\n\n" : ":\n\n"
            },
            many("invalid-line-drip", chunk: 256) { number, random in
                "nothing: \(words(&random, 4))\n\(words(&random, 3))\n"
                    + (number % 10 == 9 ? "data: \(number)\n\n" : "")
            },
            many("huge-line-drip", chunk: 64) { _, random in "data: \(words(&random, 200_000))\n\n" },
            many("small-chunk", chunk: 8) { number, random in "data: event \(number) \(words(&random, 12))\n\n" },
            many("large-multiline-data") { _, random in
                (0..<200).map { _ in "data: \(words(&random, 10))\n" }.joined() + "\n"
            },
            many("edge-cases") { number, random in
                let lineEnd = number % 2 == 0 ? "\n" : "\r\n"
                let events = [
                    "data:no space", "data:  two spaces", "data: a\(lineEnd)data:b", "retry: 10\(lineEnd)data: r",
                    "id\(lineEnd)data: i",
                ]
                return events[random.below(5)] + " \(number)" + lineEnd + lineEnd
            },
            oneLargeEvent(seed),
            shapes("no-shape-twice", 1_000_000, seed), shapes("more-shapes-than-are-kept", 40, seed),
        ]
    }

    /// 2 MiB of text in one event of OpenAI chat, in chunks of 8 KiB.
    private static func oneLargeEvent(_ seed: UInt64) -> Workload {
        var random = SeededGenerator(seed: seed)
        var text = ""
        while text.utf8.count < 2 << 20 { text += words(&random, 100) + "\\n" }
        let event = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(text)\"}}]}\n\ndata: [DONE]\n\n"
        let stream = Stream(workload: "one-2MiB-event", .openAIChat, BASELINE_OPENAI_CHAT, Array(event.utf8))
        return Workload(stream: stream, chunk: .bytes(8_192))
    }

    /// OpenAI chat with a key that no event template has: each of `count` in turn, so that no template matches.
    private static func shapes(_ name: String, _ count: Int, _ seed: UInt64) -> Workload {
        var random = SeededGenerator(seed: seed)
        var text = ""
        var number = 0
        while text.utf8.count < 16 << 20 {
            let envelope = "\"id\":\"chatcmpl-1234567890\",\"object\":\"chat.completion.chunk\",\"created\":1786428519"
            text += "data: {\(envelope),\"key\(number % count)\":null,\"choices\":[{\"index\":0,\"delta\":"
            text += "{\"content\":\" \(words(&random, 1))\"},\"finish_reason\":null}]}\n\n"
            number += 1
        }
        let stream = Stream(workload: name, .openAIChat, BASELINE_OPENAI_CHAT, Array((text + "data: [DONE]\n\n").utf8))
        return Workload(stream: stream, chunk: .bytes(65_536))
    }

    private static func words(_ random: inout SeededGenerator, _ count: Int) -> String {
        let words = ["stream", "of", "tokens", "gate", "water", "opens", "the", "a", "line", "and", "ends", "here"]
        return (0..<count).map { _ in words[random.below(12)] }.joined(separator: " ")
    }
}
