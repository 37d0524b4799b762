// Streams that the tests feed to the command.

/// One event of OpenAI's chat completions.
func chat(_ delta: String, choice: Int = 0, more: String = "") -> String {
    "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":\(choice),\"delta\":{\(delta)}\(more)}]}\n\n"
}

func chatText(_ text: String, choice: Int = 0) -> String { chat("\"content\":\"\(text)\"", choice: choice) }

let chatDone = "data: [DONE]\n\n"
let chatError = "data: {\"error\":{\"message\":\"too busy\",\"type\":\"server_error\"}}\n\n"
/// What JSON says of a stream all of whose events were read.
let allRead = ",\"malformed_events\":0,\"unread_events\":0,\"unread_kinds\":[]"
/// A finish reason, and no terminal marker.
let chatFinish = chat("", more: ",\"finish_reason\":\"stop\"")
let brokenEvent = "data: {broken\n\n"

/// Text, reasoning, a tool call in pieces, finish and usage.
let fullAnswer =
    chat("\"role\":\"assistant\",\"reasoning_content\":\"Hm.\"") + chatText("Hi ") + chatText("there 🌊")
    + chat("\"tool_calls\":[{\"index\":0,\"id\":\"c1\",\"function\":{\"name\":\"look\",\"arguments\":\"\"}}]")
    + chat("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"at\\\":\"}}]")
    + chat("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}}]")
    + chat("", more: ",\"finish_reason\":\"tool_calls\"")
    + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":5}}\n\n" + chatDone

let fullAnswerJSON = """
    {"kind":"reasoning","choice":0,"text":"Hm."}
    {"kind":"text","choice":0,"text":"Hi "}
    {"kind":"text","choice":0,"text":"there 🌊"}
    {"kind":"tool_call","choice":0,"tool":0,"id":"c1","name":"look","origin":"client"}
    {"kind":"tool_arguments","choice":0,"tool":0,"text":"{\\"at\\":"}
    {"kind":"tool_arguments","choice":0,"tool":0,"text":"1}"}
    {"kind":"finish","choice":0,"reason":"tool_calls"}
    {"kind":"usage","input":3,"output":5}
    {"kind":"end","status":"complete","frames":9,"deltas":8,"bytes":\(fullAnswer.utf8.count)\(allRead)}

    """

/// Two messages of Amazon's event stream in base64: a piece of text, and the end.
let awsAnswer =
    "AAAAcwAAADYU6tDvCzpldmVudC10eXBlBwARY29udGVudEJsb2NrRGVsdGENOm1lc3NhZ2UtdHlwZQcABWV2ZW50eyJjb250ZW50QmxvY2tJbmRl"
    + "eCI6MCwiZGVsdGEiOnsidGV4dCI6IkhpIn19R3FnwAAAAFkAAAAwdvhCfws6ZXZlbnQtdHlwZQcAC21lc3NhZ2VTdG9wDTptZXNzYWdlLXR5cGUH"
    + "AAVldmVudHsic3RvcFJlYXNvbiI6ImVuZF90dXJuIn1G90m8"
