/// Figures as text that does not depend on the locale.
enum FigureText {
    /// Nanoseconds as seconds, exact, without zeros at the end: `0.0015`.
    static func seconds(_ nanoseconds: UInt64) -> String {
        let fraction = String(nanoseconds % 1_000_000_000)
        var text = String(repeating: "0", count: 9 - fraction.count) + fraction
        while text.last == "0" { text.removeLast() }
        return "\(nanoseconds / 1_000_000_000)" + (text.isEmpty ? "" : "." + text)
    }

    /// Rounded to so many digits behind the point.
    static func fixed(_ value: Double, digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        guard value.isFinite, abs(value) < 1e15 / scale else { return "\(value)" }
        let whole = Int((abs(value) * scale).rounded())
        let unit = Int(scale)
        let sign = value < 0 && whole > 0 ? "-" : ""
        if digits == 0 { return "\(sign)\(whole)" }
        let fraction = String(whole % unit)
        return "\(sign)\(whole / unit)." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// Three digits and the unit that suits them: `12.3 ms`.
    static func duration(_ nanoseconds: UInt64, isASCII: Bool) -> String {
        if nanoseconds == 0 { return "0 s" }
        let units: [(UInt64, String)] = [
            (1_000_000_000, "s"), (1_000_000, "ms"), (1000, isASCII ? "us" : "µs"), (1, "ns"),
        ]
        // 999.5 would be shown as 1000.
        let (size, unit) = units.first { Double(nanoseconds) >= 0.9995 * Double($0.0) } ?? (1, "ns")
        return "\(digits(Double(nanoseconds) / Double(size))) \(unit)"
    }

    /// A round number of a unit, without digits behind a point: the ends of bars.
    static func round(_ nanoseconds: UInt64, isASCII: Bool) -> String {
        if nanoseconds >= 1_000_000_000 { return "\(nanoseconds / 1_000_000_000) s" }
        if nanoseconds >= 1_000_000 { return "\(nanoseconds / 1_000_000) ms" }
        return "\(nanoseconds / 1000) \(isASCII ? "us" : "µs")"
    }

    /// Three digits, or all before the point.
    static func digits(_ value: Double) -> String {
        fixed(value, digits: value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2)
    }
}

/// One figure of a report: its name in JSON and CSV, and its value.
struct Figure {
    enum Value {
        case text(String?)
        case list([String])
        case count(UInt64?)
        case nanoseconds(UInt64?)
        case ratio(Double?)
        case flag(Bool?)
    }

    let name: String
    let value: Value

    init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }
}
