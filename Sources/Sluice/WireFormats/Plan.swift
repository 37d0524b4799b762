// What reading one shape of payload comes to, remembered.
//
// Payloads of one shape (see the C header) have the same captures in the same order, and the same values where conditions
// compare them. So if all that the rules did with one such payload was to hand on certain captures as text, the same
// captures of the next are its text, and the rules need not be asked again. Whatever depends on more than the shape (an
// empty string, the frame's event type) or does more than hand on text makes no plan.

struct Plan {
    struct Step {
        var capture: UInt16
        /// The capture that numbers the choice; `noCapture`: the number is `choice`.
        var choiceCapture: UInt16
        var choice: Int32
        var kind: DeltaKind
        var isPlan: Bool
    }

    static var noCapture: UInt16 { .max }

    /// The shape it is for; 0: none.
    var shape: UInt32 = 0
    var steps: [Step] = []
}

/// The plans of an engine, by the shapes' numbers.
struct PlanStore {
    private static var capacity: Int { 64 }
    private var plans = [Plan](repeating: Plan(), count: capacity)

    /// The plan's slot, if there is a plan for that shape.
    @inline(__always)
    func slot(of shape: UInt32) -> Int? {
        let slot = Int(shape) & (Self.capacity - 1)
        return shape != 0 && plans[slot].shape == shape ? slot : nil
    }

    @inline(__always)
    func stepCount(_ slot: Int) -> Int { plans[slot].steps.count }

    @inline(__always)
    func step(_ slot: Int, _ number: Int) -> Plan.Step { plans[slot].steps[number] }

    mutating func keep(_ steps: [Plan.Step], for shape: UInt32) {
        plans[Int(shape) & (Self.capacity - 1)] = Plan(shape: shape, steps: steps)
    }
}
