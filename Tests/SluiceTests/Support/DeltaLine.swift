import Sluice

extension Delta {
    /// What it says of an answer, details apart.
    var line: String {
        var line = "\(kind) \(choice) \(tool) \(eventOffset) \(inputTokens ?? -1) \(outputTokens ?? -1) "
        line += "\(String(copying: toolID)) \(String(copying: toolName)) \(String(copying: errorType)) "
        return line + "\(string)\(problem?.description ?? "")\n"
    }
}
