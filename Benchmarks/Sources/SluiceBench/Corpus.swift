// OpenAI chat chunks made from a seed: one response after the other, each with its own id, time and fingerprint, every
// chunk with a token of its own and obfuscation of random length. No two events are the same bytes.

struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func letters(_ count: Int) -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
        return String(decoding: (0..<count).map { _ in alphabet[Int(next() % 62)] }, as: UTF8.self)
    }
}

enum Corpus {
    private static let words = [
        "Hello", " world", " the", " stream", " of", " tokens", ",", ".", " is", " parsed", " as", " it", " arrives",
        "\\n", " \\\"quoted\\\"", " naïve", " 東京", " 🙂", " a", " to", " and", " fast", "ly", "ing", " one", " by",
    ]

    /// At least `bytes` of OpenAI chat chunks, ending with a whole response.
    static func openAIChat(bytes: Int, seed: UInt64) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        var stream: [UInt8] = []
        stream.reserveCapacity(bytes + 65_536)
        while stream.count < bytes {
            let id = "chatcmpl-" + random.letters(29)
            let created = 1_700_000_000 + Int(random.next() % 90_000_000)
            let head = """
                data: {"id":"\(id)","object":"chat.completion.chunk","created":\(created),"model":"gpt-4o-mini-2024-07-18",\
                "service_tier":"default","system_fingerprint":"fp_\(random.letters(10))","choices":[{"index":0,"delta":
                """
            let tail = { (reason: String, hidden: String) in
                ",\"logprobs\":null,\"finish_reason\":\(reason)}],\"usage\":null,\"obfuscation\":\"\(hidden)\"}\n\n"
            }
            let tokens = 50 + Int(random.next() % 400)
            stream += Array((head + "{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}" + tail("null", "x")).utf8)
            for _ in 0..<tokens {
                let word = words[Int(random.next() % UInt64(words.count))]
                let hidden = random.letters(Int(random.next() % 16))
                stream += Array((head + "{\"content\":\"\(word)\"}" + tail("null", hidden)).utf8)
            }
            stream += Array((head + "{}" + tail("\"stop\"", "y") + "data: [DONE]\n\n").utf8)
        }
        return stream
    }
}
