internal import CSluiceSimdjson

// Text that is sent in base64.

extension Interpreter {
    /// Emits a piece of text that is sent in base64.
    mutating func applyEncodedText(
        _ context: Context, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat,
        _ stream: inout StreamProgress, _ decoder: inout StringDecoder, _ records: inout RecordList
    ) -> Bool {
        let capture = captures[context.index]
        var record = DeltaRecord(kind: .text, choice: choice(context, captures, payload, source, format))
        excess = excess(of: record, isTool: false)
        if excess != nil { return false }
        hasRead = true
        guard let encoded = decoded(capture, payload, source, &decoder) else { return false }
        // A copy: what is decoded goes to the same memory.
        let text = window(of: encoded, payload, source, decoder).copy()
        guard decoder.reserve(text.count + 3), let bytes = text.withWindow({ decoder.decodeBase64($0) }) else {
            excess = .invalidBase64
            return false
        }
        if bytes.length == 0 { return true }
        stream.came |= StreamProgress.pieces(of: record.kind)
        guard kinds & DeltaKind.text.bit != 0 else { return true }
        let window = decoder.bytes.slice(bytes.offset, bytes.length)
        record.bytes = isUTF8(window, bytes.length) ? bytes : decoder.append(repairedUTF8(window).utf8) ?? bytes
        records.append(record)
        return true
    }
}
