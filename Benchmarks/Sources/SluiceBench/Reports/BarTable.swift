import Foundation

/// A table with a bar for each row, as wide as the terminal is.
///
/// What is no terminal gets every column and no bar. A terminal that is too narrow gets fewer columns, but the bars.
struct BarTable {
    struct Column {
        var head: String
        var cells: [String]
        var isLeft = false
        /// The column with the highest is left out first where there is no room; 0 never is.
        var rank = 0

        var width: Int { ([head] + cells).map(\.count).max() ?? 0 }
    }

    var columns: [Column]
    /// How long each row's bar is, 1 being all of it; more gets an arrow.
    var shares: [Double]

    private static let barWidths = 8...24
    private static let space = 2

    func print() {
        var shown = columns
        var lefts: [Bool] = []
        if let room = Self.terminalColumns {
            func width() -> Int { shown.reduce(Self.barWidths.lowerBound + Self.space) { $0 + $1.width + Self.space } }
            while width() > room, let last = shown.map(\.rank).max(), last > 0 { shown.removeAll { $0.rank == last } }
            let bar = min(Self.barWidths.upperBound, Self.barWidths.lowerBound + max(0, room - width()))
            shown.append(Column(head: "", cells: shares.map { Self.bar($0, bar) }, isLeft: true))
        }
        lefts = shown.map(\.isLeft)
        let rows = shares.indices.map { row in shown.map { $0.cells[row] } }
        Tables.align(shown.map(\.head), rows, left: Set(lefts.indices.filter { lefts[$0] }))
    }

    /// The width of the terminal that standard output is, 80 where it does not say; nil where it is none.
    private static var terminalColumns: Int? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return isKnown ? Int(size.ws_col) : 80
    }

    private static func bar(_ share: Double, _ width: Int) -> String {
        if share > 1 { return String(repeating: "█", count: width - 1) + "▶" }
        let eighths = Int((share * Double(width) * 8).rounded())
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return eighths == 0 ? "▏" : String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
    }
}
