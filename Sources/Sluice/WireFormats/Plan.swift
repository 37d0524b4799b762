// What reading one shape of payload comes to, remembered.
//
// Payloads of one shape (see the C header) have the same captures in the same order, and the same values where conditions
// compare them. So if all that the rules did with one such payload was to hand on certain captures as text, the same
// captures of the next are its text, and the rules need not be asked again. Tokens are told the same way, by the plan's last
// step, and so are the numbers of events: as long as they are plain digits, which each payload is asked for anew. So is
// the stream's end. Whatever depends on more than the shape (an empty string, the frame's event type) or does more than
// hand on text makes no plan.

enum Plan {
    struct Step {
        /// Of usage none; its tokens are what the captures of choice and tool say, and a flag that they are the whole.
        var capture: UInt16 = 0
        /// The capture that numbers the choice; `noCapture`: the number is `choice`.
        var choiceCapture: UInt16 = noCapture
        /// The capture that numbers the tool call; `noCapture`: the number is `tool`.
        var toolCapture: UInt16 = noCapture
        var choice: Int32 = 0
        var tool: Int32 = 0
        var kind = DeltaKind.text
        /// The record's.
        var flags: UInt8 = 0
        /// What the captures of choice and tool say are no tokens, but the stream's numbers of its events.
        var isNumbers = false
        /// There is no delta: the stream is complete.
        var isTerminal = false
    }

    static var noCapture: UInt16 { .max }
    /// Steps that a plan may have; an event of more is read by the rules.
    static var maxSteps: Int { 8 }
}

/// The plans of an engine, by the shapes' numbers. All steps stand in one array: an array a plan would be retained and
/// released for every event.
struct PlanStore {
    private static var capacity: Int { 64 }
    private var shapes = [UInt32](repeating: 0, count: capacity)
    private var counts = [Int](repeating: 0, count: capacity)
    private var steps = [Plan.Step](repeating: Plan.Step(), count: capacity * Plan.maxSteps)

    /// The plan's slot, if there is a plan for that shape.
    @inline(__always)
    func slot(of shape: UInt32) -> Int? {
        let slot = Int(shape) & (Self.capacity - 1)
        return shape != 0 && shapes[slot] == shape ? slot : nil
    }

    @inline(__always)
    func stepCount(_ slot: Int) -> Int { counts[slot] }

    @inline(__always)
    func step(_ slot: Int, _ number: Int) -> Plan.Step { steps[slot * Plan.maxSteps + number] }

    /// Keeps at most ``Plan/maxSteps`` steps.
    mutating func keep(_ draft: [Plan.Step], for shape: UInt32) {
        let slot = Int(shape) & (Self.capacity - 1)
        shapes[slot] = shape
        counts[slot] = draft.count
        for (number, step) in draft.enumerated() { steps[slot * Plan.maxSteps + number] = step }
    }
}
