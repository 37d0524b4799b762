import CBaselines
import Foundation

/// What was measured on and with.
struct Machine: Codable {
    var cpu: String
    var cores: Int
    var memoryBytes: UInt64
    var os: String
    var swift: String
    var cxx: String
    var simdjson: String
    var jemalloc: String
    var date: String
    var commit: String
    var arguments: [String]

    static func current() -> Machine {
        let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        func field(_ name: String) -> String? {
            info.split(separator: "\n").first { $0.hasPrefix(name) }?.split(separator: ":").last.map {
                $0.trimmingCharacters(in: .whitespaces)
            }
        }
        let family = field("cpu family").map { " (family \($0) model \(field("model\t") ?? "?"))" } ?? ""
        return Machine(
            cpu: (field("model name") ?? "unknown") + family, cores: ProcessInfo.processInfo.activeProcessorCount,
            memoryBytes: ProcessInfo.processInfo.physicalMemory,
            os: ProcessInfo.processInfo.operatingSystemVersionString,
            swift: output(of: "swift", "--version").split(separator: "\n").first.map(String.init) ?? "unknown",
            cxx: String(cString: baseline_compiler()),
            simdjson:
                "\(String(cString: baseline_simdjson_version())) \(String(cString: baseline_simdjson_implementation()))",
            jemalloc: String(cString: baseline_allocator()), date: ISO8601DateFormatter().string(from: Date()),
            commit: output(of: "git", "describe", "--always", "--dirty").trimmingCharacters(
                in: .whitespacesAndNewlines),
            arguments: Array(CommandLine.arguments.dropFirst()))
    }

    private static func output(of command: String...) -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return "" }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}
