// Compiled programs: the recorded result of the rules for one token signature.
//
// Payloads with the same token signature (see the C header) have the same captures in the same order, and the same values
// where conditions compare them. So if the rules only emitted certain captures of one such payload as text, the same captures
// of the next payload are its text, and the rules need not be applied again. Token counts and event numbers are handled by
// the program's last step if they are plain digits, which is checked for each payload; so is the terminal marker. If the
// result depends on more than the token signature (an empty string, the frame's event type), or consists of more than text,
// there is no program.

enum Plan {
    struct Step {
        /// None for usage: its counts are those of the captures of choice and tool, and a flag says whether they replace
        /// earlier ones.
        var capture: UInt16 = 0
        /// The capture of the choice's number; `noCapture` if the number is `choice`.
        var choiceCapture: UInt16 = noCapture
        /// The capture of the tool call's number; `noCapture` if the number is `tool`.
        var toolCapture: UInt16 = noCapture
        var choice: Int32 = 0
        var tool: Int32 = 0
        var kind = DeltaKind.text
        /// The flags of the record.
        var flags: UInt8 = 0
        /// The captures of choice and tool are not token counts, but the stream's event numbers.
        var isNumbers = false
        /// The payload has no delta and marks the stream as complete.
        var isTerminal = false
    }

    /// What a program needs and does beside its steps.
    struct Terms {
        /// The program may end tool calls, so it does not apply while one lacks arguments.
        var endsCalls = false
        /// The payload repeats the pieces of these bits of `StreamProgress.came`, so the program applies only while all have come;
        /// and which bits end with it.
        var repeated: UInt16 = 0
        var ended: UInt16 = 0
        /// A step has a tool call's number, which may be below 0.
        var hasToolNumber = false
    }

    static var noCapture: UInt16 { .max }
    /// The maximum number of steps; an event with more is read by the rules.
    static var maxSteps: Int { 8 }
}

/// The programs of an engine, by token signature. All steps are in one array: one array per program would be retained and
/// released for every event.
struct PlanStore {
    private static var capacity: Int { 64 }
    private var shapes = [UInt32](repeating: 0, count: capacity)
    private var counts = [Int](repeating: 0, count: capacity)
    private var terms = [Plan.Terms](repeating: Plan.Terms(), count: capacity)
    private var steps = [Plan.Step](repeating: Plan.Step(), count: capacity * Plan.maxSteps)

    /// The index of the program of this token signature, if there is one.
    @inline(__always)
    func slot(of shape: UInt32) -> Int? {
        let slot = Int(shape) & (Self.capacity - 1)
        return shape != 0 && shapes[slot] == shape ? slot : nil
    }

    @inline(__always)
    func stepCount(_ slot: Int) -> Int { counts[slot] }

    @inline(__always)
    func terms(_ slot: Int) -> Plan.Terms { terms[slot] }

    @inline(__always)
    func step(_ slot: Int, _ number: Int) -> Plan.Step { steps[slot * Plan.maxSteps + number] }

    /// Stores at most ``Plan/maxSteps`` steps.
    mutating func keep(_ draft: [Plan.Step], _ terms: Plan.Terms, for shape: UInt32) {
        let slot = Int(shape) & (Self.capacity - 1)
        shapes[slot] = shape
        counts[slot] = draft.count
        self.terms[slot] = terms
        for (number, step) in draft.enumerated() { steps[slot * Plan.maxSteps + number] = step }
    }
}
