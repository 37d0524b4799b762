import Foundation
import Sluice
import Testing

@testable import SluiceTestSupport

// Tables of README and the articles that say "all": whatever is added to the code has to be added there too.

@Suite("tables of the pages")
struct PageClaimTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// What stands in `` ` `` in the rows of tables.
    private static func tabled(_ path: String) throws -> Set<String> {
        let rows = try text(path).split(separator: "\n").filter { $0.hasPrefix("|") }
        let cells = rows.joined().replacing("``", with: "")
        return Set(cells.matches(of: /`([^`]+)`/).map { String($0.1) })
    }

    @Test("README has every format")
    func formats() throws {
        #expect(Set(WireFormat.all.map(\.name)).subtracting(try Self.tabled("README.md")) == [])
    }

    @Test("README has every limit, and its default")
    func limits() throws {
        let rows = try Self.text("README.md").split(separator: "\n").filter { $0.hasPrefix("| `max") }
        let values = Mirror(reflecting: Limits()).children.compactMap { child in
            (child.value as? Int).map { (name: child.label ?? "", value: $0) }
        }
        #expect(values.count == rows.count && values.count > 8)
        for (name, value) in values {
            let row = rows.first { $0.hasPrefix("| `\(name)` |") } ?? ""
            let told = row.split(separator: "|").dropFirst().first ?? ""
            let digits = Int(told.filter(\.isNumber)) ?? -1
            #expect((told.contains("MiB") ? digits << 20 : digits) == value, "\(name) is \(value): \(row)")
        }
    }

    @Test("the article on errors has every code")
    func codes() throws {
        let source = try Self.text("Sources/Sluice/Deltas/SluiceError.swift")
        let codes = Set(source.matches(of: /Code\(rawValue: "([a-z0-9-]+)"\)/).map { String($0.1) })
        #expect(codes.count > 20)
        #expect(codes.subtracting(try Self.tabled("Sources/Sluice/Sluice.docc/ErrorsAndLimits.md")) == [])
    }

    @Test("the article on wire formats has every field")
    func fields() throws {
        let names = Set(Field.allCases.map { Self.property($0.rawValue) })
        #expect(names.subtracting(try Self.tabled("Sources/Sluice/Sluice.docc/WireFormats.md")) == [])
    }

    /// `toolID` of `tool-id`.
    private static func property(_ name: String) -> String {
        let words = name.split(separator: "-").map(String.init)
        return words[0] + words.dropFirst().map { $0 == "id" ? "ID" : $0.capitalized }.joined()
    }

    @Test("the article on errors has the command's exit statuses")
    func statuses() throws {
        let source = try Self.text("Sources/SluiceCommand/System/ExitStatus.swift")
        let statuses = source.matches(of: /case [a-z]+ = ([0-9]+)/).map { String($0.1) }
        let page = try Self.text("Sources/Sluice/Sluice.docc/ErrorsAndLimits.md")
        #expect(statuses.count > 5)
        for status in statuses { #expect(page.contains("\n| \(status) | ")) }
    }
}
