// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that whoever depends on Sluice never sees the fuzzers. Built with coverage counters and the
// address sanitizer in everything, Sluice's own C, C++ and Swift included: see fuzz.py.
let swiftSettings: [SwiftSetting] = [
    .strictMemorySafety(),
    .enableExperimentalFeature("Lifetimes"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
    .unsafeFlags(["-parse-as-library"]),  // main is libFuzzer's
]

/// A fuzzer: a program of one name, from the folder of another.
func fuzzer(_ folder: String, uses more: [Target.Dependency] = []) -> Target {
    .executableTarget(
        name: folder, dependencies: ["FuzzSupport", .product(name: "Sluice", package: "sluice")] + more,
        swiftSettings: swiftSettings)
}

let package = Package(
    name: "sluice-fuzz",
    products: [
        .executable(name: "framing", targets: ["FuzzFraming"]),
        .executable(name: "formats", targets: ["FuzzFormats"]),
        .executable(name: "templates", targets: ["FuzzTemplates"]),
        .executable(name: "ring", targets: ["FuzzRing"]),
        .executable(name: "scanner", targets: ["FuzzScanner"]),
        .executable(name: "wide", targets: ["FuzzWide"]),
        .executable(name: "abi", targets: ["FuzzABI"]),
    ],
    dependencies: [.package(name: "sluice", path: "..", traits: [])],
    targets: [
        // What all share. The slow reference readers are those of the tests, by links into their folder.
        .target(
            name: "FuzzSupport",
            dependencies: [.product(name: "Sluice", package: "sluice"), .product(name: "CSluice", package: "sluice")],
            swiftSettings: swiftSettings),
        .target(name: "CFuzzProcessor"),
        fuzzer("FuzzFraming"),
        fuzzer("FuzzFormats"),
        fuzzer("FuzzTemplates", uses: ["CFuzzProcessor"]),
        fuzzer("FuzzRing"),
        .executableTarget(name: "FuzzScanner", dependencies: [.product(name: "Sluice", package: "sluice")]),
        fuzzer("FuzzWide"),
        fuzzer("FuzzABI", uses: [.product(name: "CSluice", package: "sluice")]),
    ]
)
