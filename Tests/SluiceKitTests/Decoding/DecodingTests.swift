import Foundation
import Sluice
import SluiceKit
import Synchronization
import Testing

/// What a model may be asked for: all that synthesized `Codable` has.
struct Order: Codable, Equatable {
    enum Size: String, Codable { case small, large }

    enum Delivery: Codable, Equatable {
        case pickup
        case courier(street: String, floor: Int?)
    }

    struct Item: Codable, Equatable {
        var name: String
        var count: UInt8
        var price: Double
        var size: Size?
    }

    var items: [Item]
    var delivery: Delivery
    var notes: [String: [Int?]]
    var isGift: Bool?
    var weight: Float?
    var code: Int64?
}

/// Subclasses ask for `super`, and for containers by hand.
private class Base: Codable {
    var id = 0
}

private final class Derived: Base {
    enum CodingKeys: CodingKey { case name, pair }

    var name: String
    var pair: (Int, String)

    required init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        var pair = try container.nestedUnkeyedContainer(forKey: .pair)
        self.pair = (try pair.decode(Int.self), try pair.decode(String.self))
        #expect(pair.isAtEnd && pair.currentIndex == 2)
        try super.init(from: container.superDecoder())
    }
}

private indirect enum Tree: Decodable {
    case node(Tree?)

    init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        self = .node(container.isAtEnd ? nil : try container.decode(Tree.self))
    }
}

private func document(_ text: String) throws -> IncrementalJSON {
    var document = IncrementalJSON()
    try document.append(text)
    try document.finish()
    return document
}

@Suite("decoding")
struct DecodingTests {
    private static let orders = [
        #"{"items":[],"delivery":{"pickup":{}},"notes":{}}"#,
        #"{"items":[{"name":"tea \u00e9\ud83c\udf75","count":255,"price":2.50,"size":"small"},{"count":1,"price":3,"name":""}],"#
            + #""delivery":{"courier":{"street":"a\"b","floor":3}},"notes":{"a":[1,null,-2],"":[]},"isGift":true,"#
            + #""weight":1e-3,"code":-9223372036854775808,"unknown":[{"x":null}]}"#,
        #"{"items":[{"name":"x","count":3.0,"price":1e2,"size":null}],"delivery":{"courier":{"street":"s"}},"notes":{},"#
            + #""isGift":null,"code":9007199254740993}"#,
        "{\"notes\":{" + (0..<40).map { "\"k\($0)\":[\($0)]" }.joined(separator: ",")
            + "},\"items\":[],\"delivery\":{\"pickup\":{}}}",
    ]

    @Test("values are those that Foundation decodes", arguments: orders)
    func foundation(_ text: String) throws {
        let value = try document(text).decode(Order.self)
        #expect(value == (try JSONDecoder().decode(Order.self, from: Data(text.utf8))))
    }

    @Test(
        "what Foundation refuses is refused, at the same path",
        arguments: [
            (
                #"{"items":[{"name":"a","count":256,"price":1}],"delivery":{"pickup":{}},"notes":{}}"#,
                "items[0].count", "256"
            ),
            (
                #"{"items":[{"name":"a","count":-1,"price":1}],"delivery":{"pickup":{}},"notes":{}}"#, "items[0].count",
                "-1"
            ),
            (
                #"{"items":[{"name":"a","count":1.5,"price":1}],"delivery":{"pickup":{}},"notes":{}}"#,
                "items[0].count", "1.5"
            ),
            (
                #"{"items":[{"name":"a","count":1,"price":"1"}],"delivery":{"pickup":{}},"notes":{}}"#,
                "items[0].price", "string"
            ),
            (
                #"{"items":[{"name":"a","count":1}],"delivery":{"pickup":{}},"notes":{}}"#, "items[0]",
                "\"price\" is missing"
            ),
            (
                #"{"items":[{"name":null,"count":1,"price":1}],"delivery":{"pickup":{}},"notes":{}}"#, "items[0].name",
                "null"
            ),
            (#"{"items":{},"delivery":{"pickup":{}},"notes":{}}"#, "items", "an object was found"),
            (
                #"{"items":[],"delivery":{"courier":{"street":7}},"notes":{}}"#, "delivery.courier.street",
                "the number 7"
            ),
            (
                #"{"items":[],"delivery":{"pickup":{}},"notes":{"a":[1,[]]}}"#, "notes.a[1]",
                "an array was found, not Int"
            ),
            (#"{"items":[],"delivery":{"pickup":{}},"notes":{},"isGift":"yes"}"#, "isGift", "\"yes\""),
            (#"{"items":[],"delivery":{"pickup":{}},"notes":{},"weight":1e300}"#, "weight", "does not fit Float"),
            (
                #"{"items":[],"delivery":{"pickup":{}},"notes":{},"code":9223372036854775808}"#, "code",
                "does not fit Int64"
            ),
            (#"[]"#, "", "an array was found"),
        ])
    func refused(_ text: String, _ path: String, _ detail: String) throws {
        let document = try document(text)
        #expect(throws: (any Error).self) { try JSONDecoder().decode(Order.self, from: Data(text.utf8)) }
        let error = #expect(throws: DecodingError.self) { try document.decode(Order.self) }
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            let found = context.codingPath.reduce(into: "") { path, key in
                path += key.intValue.map { "[\($0)]" } ?? (path.isEmpty ? key.stringValue : ".\(key.stringValue)")
            }
            #expect(found == path)
            #expect(context.debugDescription.contains(detail), "\(context.debugDescription)")
        default: Issue.record("\(String(describing: error))")
        }
        #expect(document.decodePartial(Order.self) == nil)
    }

    @Test("containers by hand, superclasses, and all integers")
    func containers() throws {
        let derived = try document(#"{"name":"n","pair":[1,"b"],"super":{"id":4}}"#).decode(Derived.self)
        #expect(derived.name == "n" && derived.pair == (1, "b") && derived.id == 4)
        #expect(try document("[127,-128]").decode([Int8].self) == [127, -128])
        #expect(try document("[65535]").decode([UInt16].self) == [65535])
        #expect(try document("[18446744073709551615]").decode([UInt64].self) == [.max])
        #expect(try document("[170141183460469231731687303715884105727]").decode([Int128].self) == [.max])
        #expect(try document("3").decode(Int.self) == 3)
        #expect(try document("null").decode(Int?.self) == nil)
        #expect(try document(#""a""#).decode(String.self) == "a")
        #expect(throws: DecodingError.self) { try document("[1]").decode(Derived.self) }
        #expect(throws: DecodingError.self) { try document("[1e300]").decode([Int].self) }
        #expect(throws: DecodingError.self) { try document("[1e999]").decode([Double].self) }
    }

    @Test("of a repeated key the last counts, among few members and among many", arguments: [0, 40])
    func repeated(_ others: Int) throws {
        let rest = (0..<others).map { "\"o\($0)\":0" }
        let text = "{" + (["\"a\":1", "\"b\":2", "\"a\":3"] + rest).joined(separator: ",") + "}"
        let value = try document(text).decode([String: Int].self)
        #expect(value.count == others + 2 && value["a"] == 3 && value["b"] == 2)
    }

    @Test("what is nested deeper than 128 levels is refused, and what is not is decoded on a small stack")
    func depth() throws {
        func nested(_ depth: Int) throws -> IncrementalJSON {
            try document(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
        }
        let (fits, exceeds) = (try nested(129), try nested(130))
        let found = Mutex<[Bool]>([])
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            let decoded = [fits, exceeds].map { (try? $0.decode(Tree.self)) != nil }
            found.withLock { $0 = decoded }
            done.signal()
        }
        thread.stackSize = 512 << 10
        thread.start()
        done.wait()
        #expect(found.withLock { $0 } == [true, false])
    }

    @Test("an incomplete document is an error, and its value so far is not")
    func incomplete() throws {
        var json = IncrementalJSON()
        #expect(json.decodePartial([Int].self) == nil)
        #expect(throws: DecodingError.self) { try json.decode([Int].self) }
        try json.append("[1,2")
        #expect(throws: DecodingError.self) { try json.decode([Int].self) }
        #expect(json.decodePartial([Int].self) == [1])
    }
}

@Suite("partial decoding")
struct PartialDecodingTests {
    private static let text =
        #"{"items":[{"name":"tea","count":2,"price":1.5,"size":"large"},{"price":2,"count":1,"name":"x"}],"#
        + #""notes":{"a":[1,2],"b":[]},"delivery":{"courier":{"street":"Main","floor":3}},"isGift":true}"#

    /// What may be there, with nothing required.
    struct Draft: Codable, Equatable {
        struct Item: Codable, Equatable {
            var name: String?
            var count: Int?
            var price: Double?
            var size: Order.Size?
        }

        var items: [Item]?
        var delivery: Order.Delivery?
        var notes: [String: [Int]]?
        var isGift: Bool?
    }

    @Test("from byte to byte values appear in their order, and the last is that of the whole")
    func prefixes() throws {
        var json = IncrementalJSON()
        var seen: [Draft] = []
        for byte in Self.text.utf8 {
            try json.append([byte].span)
            guard let draft = json.decodePartial(Draft.self) else {
                Issue.record("nothing after \(json.byteCount) bytes")
                continue
            }
            if draft != seen.last { seen.append(draft) }
        }
        #expect(seen.last == (try JSONDecoder().decode(Draft.self, from: Data(Self.text.utf8))))
        let names = seen.compactMap { $0.items?.first?.name }
        #expect(names.prefix(5) == ["", "t", "te", "tea", "tea"])
        // Half of a name of an enum, and half of a number, are nothing.
        #expect(Set(seen.map { $0.items?.first?.size }) == [nil, .large])
        #expect(Set(seen.map { $0.items?.first?.price }) == [nil, 1.5])
        #expect(seen.contains { $0.items?.count == 2 && $0.items?[1] == Draft.Item() })
        let streets = seen.compactMap { draft -> String? in
            guard case .courier(let street, nil)? = draft.delivery else { return nil }
            return street
        }
        #expect(streets == ["", "M", "Ma", "Mai", "Main"] && seen.last?.isGift == true)
    }

    @Test("elements that lack what they require are left out, and the value is nil while it lacks something itself")
    func required() throws {
        struct Cart: Codable, Equatable { var items: [Order.Item] }
        var json = IncrementalJSON()
        var counts: [Int?] = []
        for byte in Self.text.utf8.prefix(110) {
            try json.append([byte].span)
            let count = json.decodePartial(Cart.self)?.items.count
            if counts.isEmpty || count != counts.last! { counts.append(count) }
        }
        #expect(counts == [nil, 0, 1, 2])
    }

    @Test("what will never fit is nil, not an error")
    func misfit() throws {
        var json = IncrementalJSON()
        try json.append(#"{"items":[{"name":7,"#)
        #expect(json.decodePartial(Draft.self) == nil || json.decodePartial(Draft.self)?.items?.isEmpty == true)
        try json.append(#""count":1}],"isGift":tr"#)
        #expect(json.decodePartial(Draft.self) == nil)
    }
}
