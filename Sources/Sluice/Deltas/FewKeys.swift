/// A dictionary that searches a list while it has few keys: most streams have a handful of tool calls.
struct FewKeys<Key: Hashable, Value> {
    private static var mostListed: Int { 8 }
    private var listed: [(key: Key, value: Value)] = []
    /// All keys, once there are more; nil before.
    private var hashed: [Key: Value]?

    subscript(key: Key) -> Value? {
        get {
            if let hashed { return hashed[key] }
            return place(key).map { listed[$0].value }
        }
        set {
            if hashed != nil {
                hashed?[key] = newValue
            } else if let place = place(key) {
                if let newValue { listed[place].value = newValue } else { listed.remove(at: place) }
            } else if let newValue {
                add(key, newValue)
            }
        }
    }

    @inline(__always)
    private func place(_ key: Key) -> Int? {
        var index = listed.count
        while index > 0 {
            index -= 1
            if listed[index].key == key { return index }
        }
        return nil
    }

    private mutating func add(_ key: Key, _ value: Value) {
        listed.append((key, value))
        if listed.count <= Self.mostListed { return }
        hashed = Dictionary(uniqueKeysWithValues: listed.map { ($0.key, $0.value) })
        listed = []
    }
}
