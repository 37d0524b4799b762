import Sluice

extension Delta {
    /// Everything that it says.
    var line: String {
        var line = "\(kind) \(choice) \(tool) \(eventOffset) \(inputTokens ?? -1) \(outputTokens ?? -1) "
        line += "\(String(copying: toolID)) \(String(copying: toolName)) \(String(copying: errorType)) "
        return line + "\(string)\(problem?.description ?? "")\n"
    }
}
