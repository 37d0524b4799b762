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
    products: [
        .library(name: "Sluice", targets: ["Sluice"]),
        .library(name: "SluiceKit", targets: ["SluiceKit"]),
        // The C ABI: for C in other packages, and as the shared library that `make install` makes of it.
        .library(name: "CSluice", targets: ["CSluice", "SluiceABI"]),
        .library(name: "sluice-shared", type: .dynamic, targets: ["SluiceABI"]),
        .executable(name: "sluice", targets: ["SluiceCommand"]),
    ],
    // `sluice replay` needs an HTTP server. Packages that use the library alone leave it out with `traits: []`, and then
    // do not even fetch it.
    traits: [
        .default(enabledTraits: ["Server"]),
        .trait(name: "Server", description: "The command's HTTP server, for 'sluice replay'."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.18.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.0.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    ],
    targets: [
        .target(name: "CSluiceMemory", cSettings: cSettings),
        .target(name: "CSluiceScan", cSettings: cSettings),
        .target(
            name: "CSluiceSimdjson",
            cxxSettings: cxxSettings,
            linkerSettings: [.linkedLibrary("simdjson")]
        ),
        .target(
            name: "Sluice",
            dependencies: ["CSluiceMemory", "CSluiceScan", "CSluiceSimdjson"],
            swiftSettings: swiftSettings
        ),
        .target(name: "SluiceKit", dependencies: ["Sluice"], swiftSettings: swiftSettings),
        .target(name: "CSluice", dependencies: ["CSluiceSimdjson"], cSettings: cSettings),
        .target(name: "SluiceABI", dependencies: ["CSluice", "Sluice"], swiftSettings: swiftSettings),
        .executableTarget(
            name: "SluiceCommand",
            dependencies: [
                "Sluice",
                "SluiceKit",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Server"])),
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["Server"])),
                .product(
                    name: "ServiceLifecycle", package: "swift-service-lifecycle", condition: .when(traits: ["Server"])),
                .product(name: "UnixSignals", package: "swift-service-lifecycle", condition: .when(traits: ["Server"])),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SluiceTests",
            dependencies: ["Sluice", "CSluiceMemory", "CSluiceScan", "CSluiceSimdjson"],
            exclude: ["Golden"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SluiceKitTests",
            dependencies: ["Sluice", "SluiceKit"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SluiceABITests",
            dependencies: ["CSluice", "CSluiceSimdjson", "Sluice", "SluiceABI"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SluiceCommandTests",
            dependencies: ["Sluice", "SluiceKit"],
            swiftSettings: swiftSettings
        ),
    ],
    cxxLanguageStandard: .cxx17
)
