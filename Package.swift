// swift-tools-version: 6.2
import PackageDescription

// Every Swift target is built under the same rules; none needs an unsafe flag, so any package can depend on this one.
let swiftSettings: [SwiftSetting] = [
    .strictMemorySafety(),  // each unsafe use is spelled out, with its contract beside it
    .enableExperimentalFeature("Lifetimes"),  // views that cannot outlive what they point to
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

// Tests are never optimised, whatever they test is: that is most of the time of an optimised test build. Nothing that users
// depend on has an unsafe flag.
let testSettings: [SwiftSetting] = swiftSettings + [.unsafeFlags(["-Onone"])]

// Tests build the engine once without its fast lane, to show that no answer depends on it. Not a trait: users have no use for it.
let hasFastLane = Context.environment["SLUICE_WITHOUT_FAST_LANE"] == nil
let fastLane: [Target.Dependency] = hasFastLane ? ["CSluiceTemplates"] : []
let laneSettings: [SwiftSetting] = hasFastLane ? [] : [.define("SLUICE_WITHOUT_FAST_LANE")]

// A build of some tests, with what they need: CI builds several times, and most of that time is the compiling of tests. Each is a
// target, or a file or folder of one: `SluiceTestSupport SluiceTests/Answers SluiceTests/Matrix`.
let builtTests = Context.environment["SLUICE_TESTS"].map { Set($0.split(separator: " ").map(String.init)) }

let cSettings: [CSetting] = [
    .treatAllWarnings(as: .error)
]

let cxxSettings: [CXXSetting] = [
    .treatAllWarnings(as: .error),
    // As the packaged library was built: the layout of its classes depends on it.
    .define("SIMDJSON_THREADS_ENABLED", to: "1"),
]

// In the order of the data's way: bytes, frames, captures, deltas, the command.
let package = Package(
    name: "sluice",
    platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .watchOS(.v11), .visionOS(.v2)],
    products: [
        .library(name: "Sluice", targets: ["Sluice"]),
        .library(name: "SluiceKit", targets: ["SluiceKit"]),
        // The C ABI: for C in other packages, and as the shared library that `make install` makes of it.
        .library(name: "CSluice", targets: ["CSluice", "SluiceABI"]),
        .library(name: "sluice-shared", type: .dynamic, targets: ["SluiceABI"]),
        .executable(name: "sluice", targets: ["SluiceCommand"]),
    ],
    // The command parses its arguments with swift-argument-parser. Packages that use the libraries alone write `traits: []`, and
    // neither fetch it nor compile its plugins.
    traits: [
        .default(enabledTraits: ["Command"]),
        .trait(name: "Command", description: "The command 'sluice'."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
    ],
    targets: [
        .target(name: "CSluiceMemory", cSettings: cSettings),
        .target(name: "CSluiceScan", cSettings: cSettings),
        .systemLibrary(
            name: "CSimdjson", pkgConfig: "simdjson", providers: [.apt(["libsimdjson-dev"]), .brew(["simdjson"])]),
        .target(
            name: "CSluiceSimdjson",
            dependencies: ["CSimdjson"],
            cxxSettings: cxxSettings,
            linkerSettings: [.linkedLibrary("simdjson")]
        ),
        // It writes the same records by the same programs as CSluiceSimdjson, and so shares its C++ headers.
        .target(
            name: "CSluiceTemplates",
            dependencies: ["CSluiceSimdjson"],
            cxxSettings: cxxSettings + [.headerSearchPath("../CSluiceSimdjson")]
        ),
        .target(
            name: "Sluice",
            dependencies: ["CSluiceMemory", "CSluiceScan", "CSluiceSimdjson"] + fastLane,
            exclude: hasFastLane ? [] : ["FastLane"],
            swiftSettings: swiftSettings + laneSettings
        ),
        // Part of SluiceKit for users; of its own so that the C library has it without SluiceKit's run-time.
        .target(name: "SluiceJSON", dependencies: ["Sluice"], swiftSettings: swiftSettings),
        .target(name: "SluiceKit", dependencies: ["Sluice", "SluiceJSON"], swiftSettings: swiftSettings),
        .target(name: "CSluice", dependencies: ["CSluiceSimdjson"], cSettings: cSettings),
        .target(name: "SluiceABI", dependencies: ["CSluice", "Sluice", "SluiceJSON"], swiftSettings: swiftSettings),
        .executableTarget(
            name: "SluiceCommand",
            dependencies: [
                "Sluice",
                "SluiceKit",
                .product(
                    name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: ["Command"])),
            ],
            swiftSettings: swiftSettings
        ),
        // The slow reference readers and what makes streams for them: optimised, since they read what all other tests ask them to.
        .testTarget(
            name: "SluiceTestSupport",
            dependencies: ["Sluice", "CSluiceMemory", "CSluiceScan", "CSluiceSimdjson"],
            path: "Tests/SluiceTests/Support",
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SluiceTests",
            dependencies: ["Sluice", "SluiceTestSupport", "CSluiceMemory", "CSluiceScan", "CSluiceSimdjson"],
            exclude: ["Golden", "Support", "WebPlatform"] + (hasFastLane ? [] : ["FastLane"]),
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "SluiceKitTests",
            dependencies: ["Sluice", "SluiceKit", "SluiceTestSupport"],
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "SluiceABITests",
            dependencies: ["CSluice", "CSluiceSimdjson", "Sluice", "SluiceABI"],
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "SluiceCommandTests",
            dependencies: ["Sluice", "SluiceKit"],
            swiftSettings: testSettings
        ),
    ],
    cxxLanguageStandard: .cxx17
)

if let builtTests {
    for target in package.targets where target.type == .test && !builtTests.contains(target.name) {
        target.sources = builtTests.filter { $0.hasPrefix(target.name + "/") }
            .map { String($0.dropFirst(target.name.count + 1)) }.sorted()
    }
    package.targets.removeAll { $0.type == .test && $0.sources?.isEmpty == true }
    var needed = Set(package.targets.filter { $0.type == .test }.map(\.name))
    while true {
        let targets = package.targets.filter { needed.contains($0.name) }
        let names = targets.flatMap(\.dependencies).compactMap { dependency in
            if case .byNameItem(let name, _) = dependency { name } else { nil }
        }
        if needed.isSuperset(of: names) { break }
        needed.formUnion(names)
    }
    if needed.contains("SluiceCommandTests") {
        needed.insert("SluiceCommand")
    } else {
        package.dependencies = []
    }
    package.targets.removeAll { !needed.contains($0.name) }
    package.products = []
}
