import Foundation

/// A bar on standard error with the time that is left, on a terminal only.
struct Progress {
    private let total: Int
    private var done = 0
    private let isShown = isatty(STDERR_FILENO) == 1
    private let start = ContinuousClock.now
    private var last = ContinuousClock.now - .seconds(1)

    init(total: Int) { self.total = max(1, total) }

    mutating func advance(_ what: String, by steps: Int = 1) {
        done += steps
        let now = ContinuousClock.now
        guard isShown, now - last > .milliseconds(100) else { return }
        last = now
        let filled = min(30, done * 30 / total)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
        FileHandle.standardError.write(
            Data("\r\u{1B}[K\(bar) \(min(100, done * 100 / total)) %\(timeLeft(now))  \(what.prefix(60))".utf8))
    }

    /// Supposes that the steps to come take as long as those that are done.
    private func timeLeft(_ now: ContinuousClock.Instant) -> String {
        guard done > 0, done < total else { return "" }
        let seconds = (now - start).seconds * Double(total - done) / Double(done)
        return seconds < 60 ? ", \(Int(seconds.rounded(.up))) s left" : ", \(Int((seconds / 60).rounded(.up))) min left"
    }

    func finish() {
        if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}
