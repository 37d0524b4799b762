import Testing

@testable import Sluice

@Suite("sets of delta kinds")
struct DeltaKindsTests {
    private static let members: [(kind: DeltaKind, set: DeltaKinds)] = [
        (.text, .text), (.reasoning, .reasoning), (.refusal, .refusal), (.toolCall, .toolCall),
        (.toolArguments, .toolArguments), (.finish, .finish), (.usage, .usage), (.error, .error), (.partial, .partial),
        (.malformed, .malformed), (.detail, .detail), (.payload, .payload),
    ]

    @Test("every kind has a member with the bit that C uses for it")
    func everyKind() {
        #expect(Self.members.map(\.kind) == DeltaKind.allCases)
        for (kind, set) in Self.members {
            #expect(set.rawValue == 1 << UInt32(kind.rawValue), "\(kind)")
            for other in DeltaKind.allCases { #expect(set.contains(other) == (other == kind), "\(kind), \(other)") }
        }
        #expect(DeltaKinds.all == DeltaKinds(DeltaKind.allCases))
        #expect(DeltaKind.allCases.filter { DeltaKinds.all.contains($0) } == DeltaKind.allCases)
        #expect(DeltaKinds([DeltaKind.text, .usage]) == [.text, .usage])
        #expect(DeltaKinds([.text, .usage]).contains(.usage))
    }

    @Test(
        "what the engine emits beside the asked kinds is malformed events and numbers, and nothing is left out of all")
    func bits() {
        #expect(DeltaKinds.all.bits == .max && DeltaKinds.answer.bits == .answer)
        #expect(DeltaKinds.answer.union(.detail).bits == .answer | DeltaKind.detail.bit)
        #expect(DeltaKinds.all.subtracting(.answer) == [.detail, .payload])
        #expect(DeltaKinds(rawValue: .max).bits == .max)
        #expect(DeltaKinds().bits == DeltaKind.malformed.bit | 1 << 30)
        // Bits that are no kinds, as a C caller may set them.
        #expect(DeltaKinds(rawValue: 1 << 31 | 1).bits == DeltaKinds.text.bits)
        #expect(DeltaKinds.all.subtracting(.malformed).bits & DeltaKinds.all.rawValue == DeltaKinds.all.rawValue)
    }
}
