import Foundation
import Testing

@testable import Sluice
@testable import SluiceTestSupport

// The event stream cases of the web platform tests (WebPlatform/cases.json, with their license beside them).

@Suite("web platform tests")
struct WebPlatformTests {
    @Test("the events are those of the web platform tests, however they are cut", arguments: WebPlatformCase.ofFraming)
    func events(_ wanted: WebPlatformCase) throws {
        let bytes = try wanted.bytes()
        for feeding in Feeding.allCases {
            for chunks in Chunks.everySplit(of: bytes) + [Chunks(bytes, at: wanted.cuts())] {
                let log = FrameRun(framing: .sse, feeding: feeding, flush: false).log(chunks)
                guard wanted.found(log) == wanted.expected, wanted.fits(log) else {
                    Issue.record("\(wanted.name), \(feeding), \(chunks): \(log)")
                    break
                }
            }
        }
    }

    @Test("only the two cases of a wrong content type are left to the transport")
    func transportCases() {
        #expect(WebPlatformCase.all.count == 46)
        let names = WebPlatformCase.all.filter(\.isOfTransport).map(\.name)
        #expect(names == ["format-mime-bogus.any.js", "format-mime-valid-bogus.any.js"])
    }
}

struct WebPlatformCase: Decodable, Sendable, CustomTestStringConvertible {
    struct Event: Decodable, Equatable, Sendable {
        var type: String
        var data: String
        var lastEventId: String
    }

    var name: String
    var inputBase64: String
    var chunksBase64: [String]?
    var expected: [Event]
    var contentType: String?
    var expectedReconnectionTime: Int?
    var initialLastEventId: String?
    var finalLastEventId: String?

    var testDescription: String { name }

    /// Without events because of the content type, which a parser of bytes never sees.
    var isOfTransport: Bool { contentType != nil && expected.isEmpty }

    static let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "WebPlatform/cases.json")
    static let all: [WebPlatformCase] = {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return (try? decoder.decode([WebPlatformCase].self, from: Data(contentsOf: file))) ?? []
    }()
    static var ofFraming: [WebPlatformCase] { all.filter { !$0.isOfTransport } }

    func bytes() throws -> [UInt8] {
        try Array(#require(Data(base64Encoded: inputBase64)))
    }

    /// Where the case itself cuts the input.
    func cuts() -> [Int] {
        var end = 0
        let ends = (chunksBase64 ?? []).map { chunk in
            end += Data(base64Encoded: chunk)?.count ?? 0
            return end
        }
        return ends.dropLast()
    }

    /// Whether all beside the events is as the case wants it.
    func fits(_ log: FrameLog) -> Bool {
        if let id = finalLastEventId, log.lastEventID != id { return false }
        let times = log.frames.compactMap(\.retry)
        if let time = expectedReconnectionTime { return times.last == time }
        // Where a case is about retry and expects no time, the browser keeps its own.
        return times.isEmpty || !name.contains("retry")
    }

    /// The log as a browser would tell it. Who reconnects knows the ID of before, which holds until the stream names one.
    func found(_ log: FrameLog) -> [Event] {
        log.frames.map { frame in
            let type = frame.event.isEmpty ? "message" : String(decoding: frame.event, as: UTF8.self)
            let id = String(decoding: frame.id, as: UTF8.self)
            return Event(
                type: type, data: String(decoding: frame.data, as: UTF8.self),
                lastEventId: id.isEmpty ? initialLastEventId ?? "" : id)
        }
    }
}
