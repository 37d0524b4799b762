import Sluice

// Very many of what is few in honest streams: what is remembered of each must have an end.

extension HostileCase {
    static func many(_ scale: HostileScale) -> [HostileCase] {
        malformed(scale) + numbered(scale) + shapes(scale) + unread(scale)
    }

    private static func malformed(_ scale: HostileScale) -> [HostileCase] {
        let count = scale.count(1_000_000)
        func broken(_ name: String, _ about: String, collects: Bool) -> HostileCase {
            HostileCase(
                name: name, about: about, format: .openAIChat, collects: collects, leastGBPerSecond: 0.001,
                expected: .errors("malformed-payload", count, text: 11),
                work: chatStream([.made(count: count) { $1 += Array("data: {\"n\":\($0),]\n\n".utf8) }]))
        }
        return [
            broken("malformed", "a million events that are no JSON", collects: false),
            broken("malformed-collected", "the same, collected", collects: true),
        ]
    }

    /// Choices and tool calls; what is collected of them may hold no more than the limits of the stream and its answer.
    private static func numbered(_ scale: HostileScale) -> [HostileCase] {
        func event(_ choice: Int, _ delta: String) -> [UInt8] {
            Array("data: {\"choices\":[{\"index\":\(choice),\"delta\":{\(delta)}}]}\n\n".utf8)
        }
        func calls(_ fields: String) -> String { "\"tool_calls\":[{\(fields)}]" }
        func item(
            _ name: String, _ about: String, _ count: Int, collects: Bool, errors: [String: Int] = [:],
            _ make: @escaping (Int) -> [UInt8]
        ) -> HostileCase {
            HostileCase(
                name: name + (collects ? "-collected" : ""), about: about + (collects ? ", collected" : ""),
                format: .openAIChat, collects: collects, bound: collects ? .collected() : .nothing,
                leastGBPerSecond: 0.001,
                expected: HostileExpectation(errors: errors.mapValues { $0...$0 }),
                work: chatStream([.made(count: count) { $1 += make($0) }]))
        }
        let count = scale.count(1_000_000)
        let most = Limits().maxChoices
        let turn = 100_000
        let tooMany = (0..<count).count { $0 % turn >= Limits().maxToolCalls }
        return [false, true].flatMap { collects in
            [
                item(
                    "choices", "a million choice numbers", count, collects: collects,
                    errors: ["too-many-choices": max(0, count - most)]
                ) {
                    event($0, "\"content\":\"x\"")
                },
                item(
                    "tools", "tool call numbers by turns, half a pair pending in each", count, collects: collects,
                    errors: ["too-many-tool-calls": tooMany]
                ) {
                    event(0, calls("\"index\":\($0 % turn),\"function\":{\"arguments\":\"\\ud83c\"}"))
                },
                item("tool-ids", "as many tool ids", count, collects: collects) {
                    event(0, calls("\"index\":0,\"id\":\"id-\($0)\",\"function\":{\"name\":\"n\($0)\"}"))
                },
            ]
        }
    }

    /// What is remembered of events that no rule reads, and of calls that lack their arguments.
    private static func unread(_ scale: HostileScale) -> [HostileCase] {
        let count = scale.count(1_000_000)
        func item(_ name: String, _ about: String, _ make: @escaping (Int) -> String) -> HostileCase {
            HostileCase(
                name: name, about: about, format: .openAIChat, leastGBPerSecond: 0.005,
                expected: HostileExpectation(textBytes: 11),
                work: chatStream([.made(count: count) { $1 += Array(make($0).utf8) }]))
        }
        let input = String(repeating: "x", count: 65_536)
        let calls = scale.count(Limits().maxToolCalls)
        return [
            item("unread", "a million events that no rule reads") { "data: {\"news\":\($0)}\n\n" },
            item("unread-kinds", "each of a kind of its own") { "data: {\"type\":\"kind-\($0)\"}\n\n" },
            item("unread-keys", "with ever new keys") { "data: {\"key-\($0)\":1,\"more-\($0)\":{\"x\":[1]}}\n\n" },
            HostileCase(
                name: "held-arguments", about: "calls that begin with 64 KiB of arguments and do not end",
                format: .anthropicMessages, bound: .parsed(1 << 20).plus(Limits().maxAccumulatedBytes),
                leastGBPerSecond: 0.005, expected: HostileExpectation(errors: nil, status: nil, head: "", tail: ""),
                work: .stream(
                    HostileSource([
                        .made(count: calls) { number, bytes in
                            let call = "\"type\":\"tool_use\",\"id\":\"c\(number)\",\"name\":\"f\""
                            let block = "{\(call),\"input\":{\"x\":\"\(input)\"}}"
                            let event = "\"type\":\"content_block_start\",\"index\":\(number)"
                            bytes += Array("data: {\(event),\"content_block\":\(block)}\n\n".utf8)
                        }
                    ]))),
        ]
    }

    /// What the engine learns is bounded, whatever it is shown.
    private static func shapes(_ scale: HostileScale) -> [HostileCase] {
        func item(_ name: String, _ about: String, _ make: @escaping (Int) -> String) -> HostileCase {
            let count = scale.count(1_000_000)
            return HostileCase(
                name: name, about: about, format: .openAIChat, expected: HostileExpectation(textBytes: 11 + count),
                work: chatStream([.made(count: count) { $1 += Array(make($0).utf8) }]))
        }
        let content = "\"choices\":[{\"delta\":{\"content\":\"x\"}}]"
        return [
            item("shapes-new", "events of ever new shapes") { number in
                let fields = (0..<20).map { number >> $0 & 1 == 1 ? "\"f\($0)\":[0]" : "\"f\($0)\":0" }
                return "data: {\(fields.joined(separator: ",")),\(content)}\n\n"
            },
            item("shapes-keys", "events of ever new keys") { "data: {\"key\($0)\":0,\(content)}\n\n" },
            item("shapes-alternating", "40 shapes by turns") { number in
                let fields = String(repeating: "\"f\":0,", count: number % 40)
                return "data: {\(fields)\(content)}\n\n"
            },
        ]
    }
}
