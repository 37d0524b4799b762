import ArgumentParser
import Sluice

/// Names of formats and framings on the command line, and the error for a name that does not exist.
enum Names {
    static var formats: String { WireFormat.all.map(\.name).joined(separator: ", ") }

    static func format(_ name: String) throws -> WireFormat {
        if let format = WireFormat.named(name) { return format }
        throw ValidationError(unknown("wire format", name, of: WireFormat.all.map(\.name)))
    }

    static func framing(_ name: String, option: String) throws -> Framing {
        if let framing = Framing(rawValue: name) { return framing }
        throw ValidationError(unknown("framing (\(option))", name, of: Framing.allCases.map(\.rawValue)))
    }

    static func unknown(_ kind: String, _ name: String, of known: [String]) -> String {
        let nearest = known.map { ($0, distance(name, $0)) }.min { $0.1 < $1.1 }
        let isNear = nearest.map { $0.1 <= max(2, name.count / 3) } ?? false
        let hint = isNear ? "did you mean '\(nearest?.0 ?? "")'? Known" : "known"
        return "there is no \(kind) '\(name)'; \(hint) are: \(known.joined(separator: ", "))"
    }

    /// The Levenshtein distance: how many bytes to insert, delete or replace.
    private static func distance(_ first: String, _ second: String) -> Int {
        let target = Array(second.utf8)
        var row = Array(0...target.count)
        for (line, letter) in first.utf8.enumerated() {
            var corner = row[0]
            row[0] = line + 1
            for column in target.indices {
                let change = corner + (target[column] == letter ? 0 : 1)
                corner = row[column + 1]
                row[column + 1] = min(change, corner + 1, row[column] + 1)
            }
        }
        return row[target.count]
    }
}
