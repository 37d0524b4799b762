import Sluice

// What a stream says beside the answer, and the blocks that its texts belong to.

extension ReferenceReading {
    /// Ids and the like are told once; a whole value, if none of its field came before this event.
    mutating func detail(_ entry: ReferenceTable.Entry, _ path: Int, _ place: ReferencePlace) throws(Stop) {
        if entry.field == .block && table.remembersBlocks {
            begun.append((blockKey(path, place.positions), try text(place.value)))
            if !table.hasDetails { return }
        }
        let once: [Field] = [
            .responseID, .model, .created, .serviceTier, .systemFingerprint, .requestID, .provider, .conversationID,
        ]
        if once.contains(entry.field) && memory.details.contains(entry.field) { return }
        if entry.whole != nil && detailsBefore.contains(entry.field) { return }
        let isNothing = place.value.isContainer && place.value.members.isEmpty && place.value.elements.isEmpty
        if isNothing || raw(place.value).isEmpty { return }
        var delta = ReferenceDelta(kind: .detail, choice: try choice(path, place.positions))
        delta.isWhole = place.value.kind != .string
        delta.bytes = try text(place.value)
        delta.other = Array(entry.field.rawValue.utf8)
        // Of the answer, not of a block.
        if !once.contains(entry.field) { delta.block = block(path, place.positions) }
        memory.details.insert(entry.field)
        append(delta)
    }

    /// The choice and the number of the block that a value belongs to; -1 where it has no number.
    func blockKey(_ path: Int, _ positions: [Int]) -> [Int] {
        let number = beside(.tool, path, positions).flatMap { integer($0) } ?? -1
        return [saidChoice(path, positions), min(max(-1, number), Int(Int32.max))]
    }

    mutating func rememberBlocks() throws(Stop) {
        for (key, type) in begun {
            if memory.blocks[key] == nil && memory.blocks.count >= limits.maxToolCalls { throw .calls }
            memory.blocks[key] = type
        }
    }

    /// Whether a detail would have been read, if details were asked for.
    var isDetailed: Bool {
        guard let detailed = table.detailed.first else { return false }
        var other = ReferenceReading(frame, detailed, ReferenceMemory(), limits)
        other.root = root
        return detailed.places(in: root).contains { path, place in
            detailed.rules[path].contains { rule in
                ReferenceTable.isDetail(detailed.entries[rule].field) && other.applies(rule, place)
            }
        }
    }

    /// The number of the block that a value belongs to, where the stream gives one that is a number.
    func block(_ path: Int, _ positions: [Int]) -> Int? {
        guard table.hasDetails, let number = beside(.tool, path, positions).flatMap({ integer($0) }),
            (0...Int(Int32.max)).contains(number)
        else { return nil }
        return number
    }
}
