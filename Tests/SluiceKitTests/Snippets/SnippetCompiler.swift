import Foundation

/// The compiler that has built these tests, for programs against the modules that it has built.
struct SnippetCompiler: Sendable {
    var swiftc: String
    /// The folder of the build.
    var build: String

    /// Nil where there is no compiler, or where the tests run apart from what they were built with.
    static let found: SnippetCompiler? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let path = folders.map { "\($0)/swiftc" }.first { FileManager.default.isExecutableFile(atPath: $0) }
        let bundle = Bundle.main.bundleURL.path()
        let build = bundle.hasSuffix("/") ? String(bundle.dropLast()) : bundle
        guard let path, FileManager.default.fileExists(atPath: "\(build)/Modules/SluiceKit.swiftmodule") else {
            return nil
        }
        return SnippetCompiler(swiftc: path, build: build)
    }()

    /// The objects of the library, as the tests were linked with; empty where a sanitizer has its hands in them.
    static let objects: [String] = {
        guard let build = found?.build else { return [] }
        let list = "\(build)/sluicePackageTests.product/Objects.LinkFileList"
        let all = ((try? String(contentsOfFile: list, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
        let own = all.filter { $0.contains(/\/(Sluice|SluiceJSON|SluiceKit|CSluice\w*)\.build\//) }
        let needsSanitizer = own.contains { object in
            guard let bytes = FileManager.default.contents(atPath: object) else { return true }
            return ["__asan_init", "__tsan_init", "__ubsan_handle"].contains { bytes.range(of: Data($0.utf8)) != nil }
        }
        return needsSanitizer ? [] : own
    }()

    private var modules: [String] {
        let maps = ["CSluiceMemory", "CSluiceScan", "CSluiceSimdjson", "CSluiceTemplates"].flatMap {
            ["-Xcc", "-fmodule-map-file=\(build)/\($0).build/module.modulemap"]
        }
        return ["-swift-version", "6", "-suppress-warnings", "-I", "\(build)/Modules"] + maps
    }

    /// What the compiler says of a program of these files, up to its lifetime checks.
    func check(_ files: [String: String]) throws -> String {
        try Self.inFolder(files) { folder, paths in
            try Self.run(swiftc, modules + ["-emit-sil", "-wmo", "-parse-as-library", "-o", "/dev/null"] + paths).output
        }
    }

    /// Compiles a program of these files, links it with the library and runs it.
    func run(_ files: [String: String]) throws -> (status: Int32, output: String) {
        try Self.inFolder(files) { folder, paths in
            let program = "\(folder)/program"
            let links = ["-lsimdjson", "-lstdc++", "-o", program]
            let built = try Self.run(swiftc, modules + paths + Self.objects + links)
            return built.status == 0 ? try Self.run(program, []) : built
        }
    }

    /// Compiles `text` as the only file of a program, with nothing added, and returns the compiler's messages. If the
    /// program compiles and `input` is given, links it with the library, runs it on that standard input, and returns what
    /// is wrong with its exit.
    func complaint(ofProgram text: String, input: String?) throws -> String {
        try Self.inFolder(["main.swift": text, "NIOCore.swift": Self.nioCore, "input": input ?? ""]) { folder, _ in
            if text.contains("import NIOCore") {
                let module = ["-parse-as-library", "-emit-module", "-module-name", "NIOCore"]
                let built = try Self.run(
                    swiftc, module + ["-o", "\(folder)/NIOCore.swiftmodule", "\(folder)/NIOCore.swift"])
                guard built.status == 0 else { return built.output }
            }
            let program = ["-I", folder, "\(folder)/main.swift"]
            guard let input, !text.contains("import NIOCore") else {
                return try Self.run(swiftc, modules + program + ["-emit-sil", "-o", "/dev/null"]).output
            }
            let links = ["-lsimdjson", "-lstdc++", "-o", "\(folder)/program"]
            let built = try Self.run(swiftc, modules + program + Self.objects + links)
            guard built.status == 0 else { return built.output }
            let (status, output) = try Self.run(
                "/bin/sh", ["-c", "exec \"$0/program\" < \"$0/input\"", folder])
            return status == 0 ? "" : "exit status \(status) on standard input of \(input.utf8.count) bytes: \(output)"
        }
    }

    /// Declarations of SwiftNIO that programs in pages use, as in `ByteBuffer-core.swift` and `ByteBuffer-aux.swift` of
    /// version 2.101: SwiftNIO itself is not built for these tests.
    private static let nioCore = """
        public struct ByteBuffer: Sendable {
            public init(string: String) {}

            public func withUnsafeReadableBytes<T, ErrorType: Error>(
                _ body: (UnsafeRawBufferPointer) throws(ErrorType) -> T
            ) throws(ErrorType) -> T {
                try body(UnsafeRawBufferPointer(start: nil, count: 0))
            }
        }
        """

    /// What the compiler says of a package's manifest.
    func checkManifest(_ text: String) throws -> String {
        let binary = URL(filePath: swiftc).resolvingSymlinksInPath()
        let library = binary.deletingLastPathComponent().appending(path: "../lib/swift/pm/ManifestAPI").path()
        return try Self.inFolder(["Package.swift": text]) { _, paths in
            try Self.run(
                swiftc, ["-typecheck", "-package-description-version", "6.2", "-I", library] + paths
            ).output
        }
    }

    static func inFolder<Value>(
        _ files: [String: String], _ body: (_ folder: String, _ paths: [String]) throws -> Value
    ) throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, text) in files {
            try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
        }
        return try body(folder.path(), files.keys.sorted().map { folder.appending(path: $0).path() })
    }

    static func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
