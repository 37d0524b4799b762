internal import Sluice

/// Why the arguments of a tool call are not what a type needs: which call, where in its arguments, and what was found.
///
/// ```swift
/// struct Weather: Decodable { var days: [Int] }
/// var tools = ToolArguments()
/// var parser = StreamParser(format: .openAIChat)
/// let event = #"data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","function":"#
///     + #"{"name":"weather","arguments":"{\"days\":[1,\"two\"]}"}}]}}]}"# + "\n\n"
/// try parser.parse(Array(event.utf8).span) { tools.add($0) }
/// do {
///     print(try tools.calls[0].decode(Weather.self))
/// } catch {
///     assert(error.callName == "weather" && error.path == "days[1]")
///     assert(error.detail == "the string \"two\" was found, not Int")
/// }
/// ```
///
/// The description is a sentence that a model understands too: send it back as the result of the call, marked as an error.
public struct ToolDecodingError: Error, Sendable {
    /// The id of the call; empty if the stream has none.
    public var callID: String
    /// The name of the function.
    public var callName: String
    /// Where in the arguments, as code would write it: `days[1]`; empty for the arguments as a whole.
    public var path: String
    /// What was found, or is missing.
    public var detail: String
    /// The error itself: a `DecodingError`, the ``/Sluice/SluiceError`` of arguments that are not JSON, or what an initializer
    /// of the type has thrown.
    public var underlying: any Error

    init(_ call: ToolArguments.Call, _ error: any Error) {
        (callID, callName, path, underlying) = (call.id, call.name, "", error)
        switch error {
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.keyNotFound(_, let context), DecodingError.dataCorrupted(let context):
            path = context.codingPath.text
            detail = context.debugDescription
        case let error as SluiceError: detail = error.description
        default: detail = "\(error)"
        }
    }
}

extension ToolDecodingError: CustomStringConvertible {
    /// What was found where, and in which call.
    public var description: String {
        let call = callName.isEmpty ? "a call" : "'\(callName)'"
        let id = callID.isEmpty ? "" : " (\(callID))"
        return "the arguments of \(call)\(id) are wrong\(path.isEmpty ? "" : " at '\(path)'"): \(detail)"
    }
}
