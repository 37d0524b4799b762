internal import CSluiceSimdjson

// The paths of a wire format, compiled for the walk through a payload.
//
// A path consists of object keys joined by dots; `[]` after a key stands for every element of an array:
//
//     choices[].delta.tool_calls[].function.arguments
//
// A key with a dot or a bracket in it is written in quotes: "amazon-bedrock.metrics".count

@safe
final class CaptureTable: Sendable {
    /// Immutable after the initializer.
    nonisolated(unsafe) let handle: OpaquePointer

    /// - Throws: `invalidPath` for a path that is empty, malformed, too deep or in too many arrays.
    init(
        paths: [String], containers: Set<String> = [], discriminators: Set<String> = [], markers: [[UInt8]] = []
    ) throws(SluiceError) {
        guard let table = unsafe c_sluice_table_create() else { throw SluiceError(.outOfMemory) }
        unsafe handle = table
        for (index, path) in paths.enumerated() {
            // The maximum number stands for no path.
            guard let number = UInt16(exactly: index), number != .max else {
                throw Self.invalid(path, "exceeds the \(UInt16.max) paths that a format may have")
            }
            var node: Int32 = 0
            for component in try Self.components(of: path) {
                node = unsafe Self.descend(table, node, component)
                guard node != C_SLUICE_NO_MEMORY else { throw SluiceError(.outOfMemory) }
                guard node >= 0 else {
                    throw Self.invalid(path, "exceeds the \(C_SLUICE_MAX_MEMBERS) members that one object may have")
                }
            }
            var flags: UInt32 = 0
            if containers.contains(path) { flags |= UInt32(C_SLUICE_CONTAINERS) }
            if discriminators.contains(path) { flags |= UInt32(C_SLUICE_DISCRIMINATOR) }
            guard unsafe c_sluice_table_capture(table, node, number, flags) else { throw SluiceError(.outOfMemory) }
        }
        guard unsafe c_sluice_table_finish(table) else { throw SluiceError(.outOfMemory) }
        for marker in markers {
            let isAdded = unsafe marker.withUnsafeBufferPointer { bytes in
                var none: UInt8 = 0
                guard let base = bytes.baseAddress else { return unsafe c_sluice_table_add_marker(table, &none, 0) }
                return unsafe c_sluice_table_add_marker(table, base, bytes.count)
            }
            guard isAdded else { throw SluiceError(.outOfMemory) }
        }
    }

    deinit {
        unsafe c_sluice_table_destroy(handle)
    }

    enum Component: Equatable {
        case key(String)
        case element
    }

    @unsafe
    private static func descend(_ table: OpaquePointer, _ node: Int32, _ component: Component) -> Int32 {
        guard case .key(var key) = component else { return unsafe c_sluice_table_element(table, node) }
        return key.withUTF8 { bytes in
            var none: UInt8 = 0
            guard let base = bytes.baseAddress else { return unsafe c_sluice_table_member(table, node, &none, 0) }
            return unsafe c_sluice_table_member(table, node, base, bytes.count)
        }
    }

    private static func invalid(_ path: String, _ why: String) -> SluiceError {
        let shown = path.count > 80 ? "\(path.prefix(80))…" : path
        return SluiceError(.invalidPath, detail: "the path '\(shown)' \(why); write it like choices[].delta.content")
    }

    /// The keys and array steps of `path`.
    ///
    /// - Throws: `invalidPath` for a path that is empty or malformed, or has too many keys or arrays.
    static func components(of path: String) throws(SluiceError) -> [Component] {
        var components: [Component] = []
        var arrays = 0
        var rest = Substring(path)
        if rest.hasPrefix("$.") { rest = rest.dropFirst(2) }
        if rest.hasPrefix("[]") { throw invalid(path, "begins with an array, but payloads are objects") }
        while true {
            components.append(.key(try takeKey(&rest, of: path)))
            while rest.hasPrefix("[]") {
                components.append(.element)
                rest = rest.dropFirst(2)
                arrays += 1
                guard arrays <= C_SLUICE_MAX_ARRAY_LEVELS else {
                    throw invalid(path, "passes through more than \(C_SLUICE_MAX_ARRAY_LEVELS) arrays")
                }
            }
            guard components.count <= C_SLUICE_MAX_PATH_DEPTH else {
                throw invalid(path, "has more than \(C_SLUICE_MAX_PATH_DEPTH) keys and arrays")
            }
            if rest.isEmpty { return components }
            guard rest.removeFirst() == "." else { throw invalid(path, "has something other than [] or . after a key") }
        }
    }

    private static func takeKey(_ rest: inout Substring, of path: String) throws(SluiceError) -> String {
        if rest.first == "\"" {
            let body = rest.dropFirst()
            guard let end = body.firstIndex(of: "\"") else { throw invalid(path, "has a quote that is not closed") }
            rest = body[body.index(after: end)...]
            return String(body[..<end])
        }
        let end = rest.firstIndex { $0 == "." || $0 == "[" } ?? rest.endIndex
        let key = String(rest[..<end])
        guard !key.isEmpty else { throw invalid(path, "has an empty key") }
        rest = rest[end...]
        return key
    }
}
