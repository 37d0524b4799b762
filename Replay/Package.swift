// swift-tools-version: 6.2
import PackageDescription

// The server of `sluice replay`. A package of its own, so that neither the library nor the command depends on an HTTP server.
// What it shares with the command (recordings, the system, messages) are the command's own files, by a link to their folder.
let package = Package(
    name: "sluice-replay",
    products: [
        .executable(name: "sluice-replay", targets: ["SluiceReplay"])
    ],
    dependencies: [
        .package(name: "sluice", path: "..", traits: []),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.18.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.0.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    ],
    targets: [
        .executableTarget(
            name: "SluiceReplay",
            dependencies: [
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceKit", package: "sluice"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            exclude: ["Command/Sluice.swift", "Command/Commands/ManualCommand.swift", "Command/Manual"],
            swiftSettings: [
                .strictMemorySafety(),
                .enableExperimentalFeature("Lifetimes"),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .treatAllWarnings(as: .error),
                .define("SLUICE_REPLAY"),
            ]
        )
    ]
)
