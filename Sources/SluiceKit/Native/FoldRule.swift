// What a provider's table consists of: how a value of an event joins the value that is held.

/// A key in a provider's table.
struct FoldName: Sendable, ExpressibleByStringLiteral {
    let bytes: [UInt8]

    init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

    init(stringLiteral text: String) { self.init(text) }
}

/// Keys from a document's top to a value in it, joined by dots; empty for the document.
struct FoldPath: Sendable, ExpressibleByStringLiteral {
    let names: [FoldName]

    init(_ text: String) { names = text.split(separator: ".").map { FoldName($0) } }

    init(stringLiteral text: String) { self.init(text) }
}

/// How a value joins the one that is held. In every rule, null changes nothing.
indirect enum FoldRule: Sendable {
    /// The last value counts.
    case last
    /// The first value counts that is not an empty string or 0.
    case first
    /// The last string counts that is not empty; and the last of other values.
    case whole
    /// The value does not belong to the object.
    case drop
    /// The value is replaced by this string.
    case constant(FoldName)
    /// Strings are concatenated; objects are merged, and arrays extended, by the same rule; of others, the last counts.
    case join
    /// A string as ``join``, unless it repeats the string that is held.
    case name
    /// JSON text in pieces: the object has the value.
    case encoded
    /// Objects are merged, each member by its rule.
    case merge([FoldMember], others: FoldRule)
    /// The elements of arrays are appended; in an object, those of its members.
    case append
    /// The value is appended to an array.
    case each
    /// Elements of arrays are matched.
    case list(FoldList)
    /// A string, or an array of parts of a message. Text that follows text is joined to it.
    case parts
    /// Gemini's call, whole or value by value.
    case call
    /// A member of the object is moved into the first element of the array at this path; the value does not count.
    case wrap(FoldName, into: [FoldName])
    /// The last object counts, but for this array if the object lacks it or has an empty one.
    case snapshot(keeping: FoldName)
}

/// The rule of one member.
struct FoldMember: Sendable {
    let name: FoldName
    /// The member's key in the object.
    let target: FoldName
    let rule: FoldRule
    /// The member does not count beside this one.
    let other: FoldName?

    init(_ name: FoldName, as target: FoldName? = nil, _ rule: FoldRule, unless other: FoldName? = nil) {
        self.name = name
        self.target = target ?? name
        self.rule = rule
        self.other = other
    }
}

/// How the elements of an array are matched with those that are held.
struct FoldList: Sendable {
    /// When an element with the number of a held one is another one all the same.
    enum Difference: Sendable {
        case never
        /// Its type is another one.
        case type
        /// It has a name, and its id is another one.
        case call
    }

    /// The member that has an element's number.
    let number: FoldName
    /// Whether an element without a number has that of its position. Otherwise it is appended.
    let countsPositions: Bool
    let difference: Difference
    let element: FoldRule

    init(
        by number: FoldName = "index", countsPositions: Bool = true, unless difference: Difference = .never,
        _ element: FoldRule
    ) {
        self.number = number
        self.countsPositions = countsPositions
        self.difference = difference
        self.element = element
    }
}

extension FoldRule {
    /// OpenAI's rules for deltas (`accumulate_delta` of its Python client), but for members that repeat a value instead
    /// of continuing it: the client concatenates those too, so that a role becomes `assistantassistant`.
    static let joinedMembers = FoldRule.merge(wholeMembers, others: .join)

    private static let wholeMembers =
        [
            "role", "id", "type", "index", "object", "format", "model", "provider", "status", "channel",
            "provider_metadata",
        ]
        .map { FoldMember($0, .whole) } + [FoldMember("name", .name)]

    /// Arrays in a delta.
    static let joinedElements = FoldList(countsPositions: false, unless: .type, joinedMembers)
}
