import Foundation

// gnuplot draws: it gets data and commands on standard input, and prints the picture. All data comes before the first command
// that draws, so that it never waits for a reader while its own input is not read.

/// A picture of the gaps between tokens, and of when tokens came.
struct Drawing {
    private let path: String
    private let overwrites: Bool
    private var curves: [(name: String, points: [(time: UInt64, tokens: UInt64)])] = []

    /// Streams whose tokens are drawn.
    static var curveCount: Int { 16 }

    /// Sees to it that gnuplot is there, and that nothing is in the way, before a stream is read.
    init(_ path: String, overwrites: Bool) throws(RecordingError) {
        self.path = path
        self.overwrites = overwrites
        try check()
        if !Self.isInstalled {
            throw RecordingError(
                message:
                    "there is no gnuplot on PATH, which draws for --svg; install it (apt install gnuplot-nox, dnf install "
                    + "gnuplot, brew install gnuplot), or leave out --svg")
        }
    }

    /// Looked for, and not run: bytes of a live stream would wait meanwhile.
    private static var isInstalled: Bool {
        (System.environment("PATH") ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/gnuplot")
        }
    }

    private func check() throws(RecordingError) {
        guard let kind = System.kind(of: path) else { return }
        guard kind == .file else {
            throw RecordingError(message: "'\(path)' is \(kind.words); give --svg the path of a file")
        }
        if !overwrites {
            throw RecordingError(
                message: "'\(path)' exists; give --force to write over it, or choose another file for --svg")
        }
    }

    mutating func add(_ name: String, _ points: [(time: UInt64, tokens: UInt64)]) {
        if curves.count < Self.curveCount && !points.isEmpty { curves.append((name, points)) }
    }

    /// Draws, and writes the file.
    ///
    /// - Returns: What was done, in words.
    func write(_ bars: DurationBars) throws(RecordingError) -> String {
        if bars.shown.isEmpty && curves.isEmpty {
            throw RecordingError(message: "no token has a time, so there is nothing to draw; '\(path)' is not written")
        }
        let picture = try draw(bars)
        try check()
        let temporary = path + ".part"
        do {
            // A file of that name is not removed: it may be anybody's.
            let file = try NewFile(temporary)
            var output = Output(to: file.descriptor)
            output.append(picture.span.raw)
            output.flush()
            if case .refused(let reason) = output.failure { throw SystemError(reason: reason) }
            try System.rename(temporary, to: path)
        } catch {
            let reason = (error as? SystemError)?.reason ?? "\(error)"
            throw RecordingError(message: "cannot write '\(path)' by way of '\(temporary)': \(reason)")
        }
        return "drew '\(path)'"
    }

    private func draw(_ bars: DurationBars) throws(RecordingError) -> [UInt8] {
        do {
            // Default settings: what a user's own start file says must not change the picture.
            let child = try ChildProcess(["gnuplot", "--default-settings", "-"], input: script(bars))
            let picture = try Self.read(child.output)
            if let failure = child.end() {
                throw RecordingError(message: "gnuplot \(failure); '\(path)' is not written")
            }
            return picture
        } catch let error as RecordingError {
            throw error
        } catch {
            throw RecordingError(message: "cannot run gnuplot: \((error as? SystemError)?.reason ?? "\(error)")")
        }
    }

    private static func read(_ file: borrowing InputFile) throws(SystemError) -> [UInt8] {
        var picture: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = try file.read(into: &buffer), count > 0 { picture += buffer[..<count] }
        return picture
    }

    // MARK: gnuplot's language

    private func script(_ bars: DurationBars) -> String {
        var data = ""
        let shown = Array(bars.shown)
        if !shown.isEmpty {
            data += "$bars << EOD\n"
            for index in shown { data += "\(label(of: index))\t\(bars.counts[index])\n" }
            data += "EOD\n"
        }
        for (number, curve) in curves.enumerated() {
            data += "$curve\(number) << EOD\n"
            for point in curve.points { data += "\(FigureText.seconds(point.time))\t\(point.tokens)\n" }
            data += "EOD\n"
        }
        let plots = curves.enumerated().map { number, curve in
            "$curve\(number) using 1:2 with steps linewidth 2 title '\(Self.quoted(curve.name))'"
        }
        let hasDuration = curves.contains { $0.points.contains { $0.time > 0 } }
        let rows = (shown.isEmpty ? 0 : 1) + (curves.isEmpty ? 0 : 1)
        var commands = """
            set terminal svg size 960,\(420 * rows) dynamic background '#ffffff'
            set encoding utf8
            set datafile separator "\\t"
            set multiplot layout \(rows),1
            set grid ytics linecolor '#dddddd'

            """
        if !shown.isEmpty {
            commands += """
                set title 'Gaps between tokens'
                set style fill solid 0.8 border
                set boxwidth 0.9
                set ylabel 'gaps'
                set xtics rotate by -35
                set yrange [0:*]
                plot $bars using 0:2:xticlabels(1) with boxes linecolor '#4477aa' notitle

                """
        }
        if !curves.isEmpty {
            commands += """
                set title 'Tokens over time'
                set xlabel 'seconds'
                set xrange [0:\(hasDuration ? "*" : "1")]
                set ylabel 'tokens'
                set xtics norotate autofreq
                set yrange [0:*]
                set key right bottom noenhanced
                plot \(plots.joined(separator: ", "))

                """
        }
        return data + commands + "unset multiplot\n"
    }

    private func label(of index: Int) -> String {
        let edges = DurationBars.edges
        if index == 0 { return "same read" }
        return index == 1
            ? "< 1 µs" : "≥ " + FigureText.round(edges[index], isASCII: false)
    }

    /// A name within single quotes, where gnuplot knows no escapes but for the quote.
    private static func quoted(_ name: String) -> String {
        Session.oneLine(name).replacing("'", with: "''")
    }
}
