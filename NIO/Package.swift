// swift-tools-version: 6.2
import PackageDescription

// Sluice for programs on SwiftNIO. A package of its own, so that neither the engine nor SluiceKit depends on NIO; and Hummingbird's
// part is a product of its own, so that clients do not compile a server.
let swiftSettings: [SwiftSetting] = [
    .strictMemorySafety(),
    .enableExperimentalFeature("Lifetimes"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

// Set by Tests/run.sh: where the package manager looks for tests. Only they are indexed, which saves much of the time of a build.
let testIndex = Context.environment["SLUICE_NIO_TEST_INDEX"]

let package = Package(
    name: "sluice-nio",
    platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .watchOS(.v11), .visionOS(.v2)],
    products: [
        .library(name: "SluiceNIO", targets: ["SluiceNIO"]),
        .library(name: "SluiceHummingbird", targets: ["SluiceHummingbird"]),
    ],
    dependencies: [
        .package(name: "sluice", path: "..", traits: []),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.30.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.18.0", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    ],
    targets: [
        .target(
            name: "SluiceNIO",
            dependencies: [
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceKit", package: "sluice"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SluiceHummingbird",
            dependencies: [
                "SluiceNIO",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SluiceNIOTests",
            dependencies: [
                "SluiceNIO",
                "SluiceHummingbird",
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceKit", package: "sluice"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swiftSettings
        ),
    ]
)

// The server of `sluice replay`, which the tests read. Who uses the products does not compile it.
if let testIndex, let tests = package.targets.last {
    package.dependencies.append(.package(name: "sluice-replay", path: "../Replay"))
    tests.dependencies.append(.product(name: "sluice-replay", package: "sluice-replay"))
    tests.swiftSettings?.append(.unsafeFlags(["-index-store-path", testIndex]))
}
