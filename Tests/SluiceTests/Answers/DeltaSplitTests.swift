import Testing

@testable import Sluice
@testable import SluiceTestSupport

// The whole way, bytes to deltas: any split and any buffer gives the same deltas, the same end, and the same errors.

@Suite("deltas at every split")
struct DeltaSplitTests {
    struct Stream: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var format: WireFormat?
        var bytes: [UInt8]
        var text: String?
        var status: StreamEnd.Status?

        init(
            _ name: String, _ format: WireFormat?, _ text: String? = nil, _ status: StreamEnd.Status? = nil,
            _ bytes: [UInt8]
        ) {
            testDescription = name
            self.format = format
            self.bytes = bytes
            self.text = text
            self.status = status
        }

        init(
            _ name: String, _ format: WireFormat?, _ text: String? = nil, _ status: StreamEnd.Status? = nil,
            _ body: String
        ) {
            self.init(name, format, text, status, Array(body.utf8))
        }
    }

    private static func chat(_ content: String) -> String {
        "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(content)\"}}]}\n\n"
    }
    private static let done = "data: [DONE]\n\n"

    static let streams = [
        Stream(
            "escapes and characters cut in two", .openAIChat, "ä\n🙂\u{FFFD}€", .complete,
            chat("ä\\n") + chat("\\ud83d") + chat("\\ude42\\ud83d") + chat("€") + done),
        Stream(
            "a payload that is no JSON", .openAIChat, "ab", .complete,
            chat("a") + "data: {\"choices\":\n\n" + chat("b") + done),
        Stream(
            "bytes that are not UTF-8", .openAIChat, "ab", .complete,
            Array(chat("a").utf8) + Array("data: {\"choices\":[{\"delta\":{\"content\":\"".utf8) + [0xFF, 0xC3]
                + Array("\"}}]}\n\n".utf8) + Array((chat("b") + done).utf8)),
        Stream(
            "an error in the stream", .openAIChat, "a", .failed,
            chat("a") + "event: error\ndata: {\"error\":{\"message\":\"over\\nloaded\",\"code\":503}}\n\n"),
        Stream(
            "an error event that is plain text", .openAIChat, "a", .failed,
            chat("a") + "event: error\ndata: no room\n\n"),
        Stream(
            "an error beside the framing", .openAIChat, "a", nil,
            chat("a") + "error: {\"message\":\"out of memory\"}\n\n"),
        Stream("no last blank line", .openAIChat, "a", .complete, chat("a") + "data: [DONE]"),
        Stream("a last event that is cut", .openAIChat, "a", .truncated, chat("a") + String(chat("bcd").dropLast(12))),
        Stream(
            "comments, ids and CRLF, detected", nil, "hi", .complete,
            "\u{FEFF}: ping\r\n\r\nid: 1\r\nretry: 10\r\n"
                + (chat("h") + ": ping\n\n" + chat("i") + done).replacing("\n", with: "\r\n")),
        Stream(
            "data over several lines", .openAIChat, "x", .complete,
            "data: {\"choices\":[{\"index\":0,\ndata:\"delta\":\ndata: {\"content\":\"x\"}}]}\n\n" + done),
        Stream("Anthropic, detected", nil, "ok", .complete, anthropic),
        Stream(
            "Ollama, detected", nil, "Hé", .complete,
            "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"H\"},\"done\":false}\r\n\n"
                + "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\\u00e9\"},\"done\":false}\n"
                + "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\","
                + "\"prompt_eval_count\":3,\"eval_count\":2}"),
        Stream(
            "Gemini's array, detected", nil, "ab", nil,
            "[{\n  \"candidates\": [{\"content\": {\"parts\": [{\"text\": \"a\"}], \"role\": \"model\"}}]\n}\n,\r\n"
                + "{\n  \"candidates\": [{\"content\": {\"parts\": [{\"text\": \"b\"}]}, \"finishReason\": \"STOP\"}]\n}\n]\n"
        ),
        Stream(
            "Replicate, detected", nil, "a\nb: ", .complete,
            "event: output\nid: 1:0\ndata: a\ndata: b\n\nevent: output\nid: 2:0\ndata: : \n\nevent: done\nid: 3:0\ndata: {}\n\n"
        ),
        Stream("Bedrock, detected, with a broken message", nil, "ab", nil, bedrock),
        Stream("a web page", nil, nil, .truncated, "<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>\n"),
        Stream("gzip", nil, nil, nil, [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x0A, 0xCB, 0x48, 0x0D]),
        Stream("documents of no known format", nil, nil, .truncated, "data: {\"hello\":1}\n\ndata: {\"hello\":2}\n\n"),
        Stream("nothing", nil, "", .empty, ""),
        Stream("white space", nil, nil, .truncated, " \n\r\n "),
    ]

    private static let anthropic = """
        event: message_start
        data: {"type":"message_start","message":{"id":"m","role":"assistant","content":[],"usage":{"input_tokens":9}}}

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ok"}}

        event: content_block_start
        data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\\"a\\":"}}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":7}}

        event: message_stop
        data: {"type":"message_stop"}


        """

    private static let bedrock: [UInt8] = {
        func block(_ text: String) -> [UInt8] {
            AWSMessage(
                payload: "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"\(text)\"},\"p\":\"abc\"}",
                event: "contentBlockDelta"
            ).bytes
        }
        var broken = block("x")
        broken[60] ^= 4
        let stop = AWSMessage(payload: "{\"stopReason\":\"end_turn\"}", event: "messageStop").bytes
        return AWSMessage(payload: "{\"role\":\"assistant\",\"p\":\"a\"}", event: "messageStart").bytes
            + block("a") + broken + block("b") + stop
    }()

    @Test("any split and any buffer gives the same deltas", arguments: streams)
    func everySplit(_ stream: Stream) {
        let run = DeltaRun(format: stream.format)
        let whole = run.log(Chunks(whole: stream.bytes))
        if let text = stream.text { #expect(whole.text() == text) }
        if let status = stream.status { #expect(whole.end?.status == status) }
        if stream.text != nil { #expect(whole.failure == nil) }
        let difference = run.difference(
            from: whole, over: Chunks.everySplit(of: stream.bytes), feedings: [.borrowed, .ring])
        #expect(difference == nil)
    }

    @Test("chunks of all sizes give the same deltas", arguments: streams)
    func manySizes(_ stream: Stream) {
        let run = DeltaRun(format: stream.format)
        let sizes = [1, 2, 3, 4, 5, 7, 8, 13, 16, 31, 32, 33, 64, 100, 127, 255].map { Chunks(stream.bytes, of: $0) }
        #expect(run.difference(from: run.log(Chunks(whole: stream.bytes)), over: sizes) == nil)
    }

    @Test("what was filled in and never pulled is read at the end")
    func fillWithoutPull() throws {
        var parser = StreamParser(format: .openAIChat)
        let bytes = Array((Self.chat("a") + Self.done).utf8)
        try lendFresh(bytes[...]) { chunk throws(SluiceError) in try parser.fill(chunk) }
        var log = DeltaLog()
        try log.take(parser.finish())
        #expect(log.text() == "a")
        #expect(parser.end.status == .complete)
        #expect(parser.end.bytes == bytes.count)
    }

    @Test("a producer fills the ring bit by bit")
    func producer() throws {
        for layout in [BufferLayout.mirrored, .linear] {
            var parser = StreamParser(format: .openAIChat, layout: layout)
            var log = DeltaLog()
            var rest = Array((String(repeating: Self.chat("word "), count: 200) + Self.done).utf8)[...]
            while !rest.isEmpty {
                let count = try unsafe parser.fill(1000) { space throws(SluiceError) in
                    let part = rest.prefix(min(space.count, 777))
                    unsafe space.copyBytes(from: part)
                    return part.count
                }
                rest = rest.dropFirst(count)
                try log.take(parser.pull())
            }
            try log.take(parser.finish())
            #expect(log.text() == String(repeating: "word ", count: 200))
            #expect(parser.end.status == .complete)
        }
    }
}
