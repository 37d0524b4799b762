internal import NIOHTTP1

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// Reads when a request may be repeated: RFC 9110, 10.2.3, and the header in milliseconds that OpenAI and Azure send.
enum RetryAfter {
    /// Seconds since 1970.
    static var now: Double { Date().timeIntervalSince1970 }

    /// - Parameter now: Seconds since 1970, from which a date counts.
    static func delay(_ headers: HTTPHeaders, now: Double) -> Duration? {
        if let text = headers.first(name: "retry-after-ms"), let value = Double(text),
            let delay = duration(value / 1000)
        {
            return delay
        }
        guard let text = headers.first(name: "retry-after") else { return nil }
        if let seconds = Double(text) { return duration(seconds) }
        return date(text).map { .seconds(max(0, $0 - now)) }
    }

    /// Nil if this is no time to wait, or more than a hundred years.
    static func duration(_ seconds: Double) -> Duration? {
        seconds >= 0 && seconds < 3_155_760_000 ? .seconds(seconds) : nil
    }

    /// Seconds since 1970 of a date such as `Sun, 06 Nov 1994 08:49:37 GMT`, the form that servers must send.
    static func date(_ text: String) -> Double? {
        let parts = text.split { $0 == " " || $0 == "," || $0 == ":" }
        guard parts.count == 8, parts[7] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let numbers = [1, 3, 4, 5, 6].compactMap { Int(parts[$0]) }
        guard numbers.count == 5 else { return nil }
        let (day, year, hour, minute, second) = (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4])
        guard (1...31).contains(day), (1601...9999).contains(year), (0...23).contains(hour), (0...59).contains(minute),
            (0...60).contains(second)
        else { return nil }
        return Double(days(year, month + 1, day) * 86_400 + hour * 3_600 + minute * 60 + second)
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Days since 1970 of a date in the Gregorian calendar; years are counted from March, so that leap days are last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month > 2 ? year : year - 1
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }
}
