// swift-tools-version: 6.2
import PackageDescription

// Three programs to run and to copy from: see README.md. In a package of your own, Sluice is
// .package(url: "…", from: "…", traits: []), and its NIO part another one.
let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "sluice-examples",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "sluice", path: "..", traits: []),
        .package(name: "sluice-nio", path: "../NIO"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.18.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    ],
    targets: [
        // What differs between the servers that the programs ask.
        .target(
            name: "Provider",
            dependencies: [
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceKit", package: "sluice"),
                .product(name: "SluiceNIO", package: "sluice-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ],
            swiftSettings: swiftSettings
        ),
        .executableTarget(name: "Chat", dependencies: ["Provider"], swiftSettings: swiftSettings),
        .executableTarget(name: "Tools", dependencies: ["Provider"], swiftSettings: swiftSettings),
        .executableTarget(
            name: "Relay",
            dependencies: [
                "Provider",
                .product(name: "SluiceHummingbird", package: "sluice-nio"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [.embedInCode("page.html")],
            swiftSettings: swiftSettings
        ),
    ]
)
