// AWS messages, most of them valid: mutation alone would hardly ever produce right checksums.

extension FuzzInput {
    /// A stream of the messages that the rest of the input describes, each by a byte for its kind and one for its length.
    mutating func takeMessages(isJSON: Bool = false) -> [UInt8] {
        var stream: [UInt8] = []
        while !isEmpty {
            let kind = byte()
            let body = take(kind & 0x80 == 0 ? byte() : word() % 4096)
            var message = AWSMessage(payload: "", event: kind & 1 == 0 ? "chunk" : nil)
            message.payload = body
            if kind & 2 == 2 { message.headers += AWSMessage.header(":message-type", "exception") }
            if kind & 4 == 4 && !isJSON { message.split() }
            var bytes = message.bytes
            switch kind >> 3 & 7 {
            case 0: bytes[byte() % bytes.count] ^= 1 << UInt8(kind & 7)
            case 1: bytes = body
            case 2: bytes.removeLast(min(bytes.count, byte()))
            default: break
            }
            stream += bytes
        }
        return stream
    }
}

extension AWSMessage {
    /// Declares the payload's first bytes to be headers.
    fileprivate mutating func split() {
        let count = min(payload.count, Int(payload.first ?? 0))
        headers += payload.dropFirst().prefix(count)
        payload = Array(payload.dropFirst(count + 1))
    }
}
