import Sluice
import SluiceKit

/// The object of a stream's documents.
func joined(_ format: String, _ documents: [String], limits: Limits = Limits()) throws -> String {
    var message = NativeMessage(formatName: format, limits: limits)!
    for document in documents { try message.add(document) }
    return String(decoding: message.json(), as: UTF8.self)
}

/// The code of the error that a document throws; the object has to be the same before and after it.
func refusal(_ message: inout NativeMessage, _ document: String) -> SluiceError.Code? {
    let before = message.json()
    do {
        try message.add(document)
        return nil
    } catch {
        return message.json() == before ? error.code : SluiceError.Code(rawValue: "changed")
    }
}

/// A chat chunk with one choice.
func chunk(_ delta: String, index: Int = 0, finish: String = "null", _ more: String = "") -> String {
    #"{"id":"c","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":\#(index),"delta":"#
        + "\(delta),\"finish_reason\":\(finish)}]\(more)}"
}
