import Sluice

/// Which strings of a document are pieces of text or reasoning, by the rules of its format.
///
/// Conditions are looked up in the whole document rather than in the same element of an array. That is exact enough to choose
/// where new text stands: whatever was chosen, all contenders read the same bytes.
struct PieceRules {
    private var rules: [String: [(kind: PieceKind, conditions: [Condition])]] = [:]

    init(_ format: WireFormat) {
        // What repeats pieces as a whole is no piece.
        for rule in format.rules where rule.whole == nil {
            switch rule.field {
            case .text: rules[rule.path, default: []].append((.text, rule.conditions))
            case .reasoning, .toolPlan: rules[rule.path, default: []].append((.reasoning, rule.conditions))
            default: break
            }
        }
    }

    func kind(
        of scalar: JSONScalars.Scalar, among scalars: [JSONScalars.Scalar], _ bytes: [UInt8]
    ) -> PieceKind? {
        guard scalar.isString, let candidates = rules[scalar.path] else { return nil }
        return candidates.first { $0.conditions.allSatisfy { holds($0, scalars, bytes) } }?.kind
    }

    private func holds(_ condition: Condition, _ scalars: [JSONScalars.Scalar], _ bytes: [UInt8]) -> Bool {
        func values(_ path: String) -> [ArraySlice<UInt8>] {
            scalars.filter { $0.path == path }.map { bytes[$0.range] }
        }
        func isTrue(_ path: String) -> Bool { values(path).contains { $0.elementsEqual("true".utf8) } }
        switch condition {
        case .equals(let path, let value): return values(path).contains { $0.elementsEqual(value.utf8) }
        case .differs(let path, let value): return values(path).contains { !$0.elementsEqual(value.utf8) }
        case .present(let path): return scalars.contains { $0.path.hasPrefix(path) }
        case .empty(let path):
            return values(path).allSatisfy { $0.isEmpty || $0.elementsEqual("null".utf8) }
        case .notEmpty(let path):
            return values(path).contains { !$0.isEmpty && !$0.elementsEqual("null".utf8) }
        case .isTrue(let path): return isTrue(path)
        case .isNotTrue(let path): return !isTrue(path)
        // The last two stand in signatures only.
        case .event, .block, .errorEvent, .hasPrefix, .hasOnly: return false
        case .notErrorEvent: return true
        }
    }
}
