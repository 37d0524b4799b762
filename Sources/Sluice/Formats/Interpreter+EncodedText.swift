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
        // What had escapes is in the memory that base64 is decoded to, and is copied.
        let isScratch = encoded.region == .scratch
        let copy = isScratch ? window(of: encoded, payload, source, decoder).copy() : []
        guard decoder.reserve(encoded.length + 3) else {
            excess = .outOfMemory
            return false
        }
        let place = payload.slice(Int(capture.offset), Int(capture.length))
        let found = isScratch ? copy.withWindow { decoder.decodeBase64($0) } : decoder.decodeBase64(place)
        guard let bytes = found else {
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
