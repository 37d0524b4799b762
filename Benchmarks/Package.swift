// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that whoever depends on Sluice never sees jemalloc nor the baselines' compiler flags.
let package = Package(
    name: "sluice-benchmarks",
    products: [
        .executable(name: "sluice-bench", targets: ["SluiceBench"])
    ],
    dependencies: [
        .package(name: "sluice", path: "..", traits: []),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        .target(
            name: "CBaselines",
            dependencies: [.product(name: "CSluice", package: "sluice")],
            cxxSettings: [
                .define("SIMDJSON_THREADS_ENABLED", to: "1"),
                .unsafeFlags(["-O3"]),  // what an expert would compile with; nothing that users depend on is built here
            ],
            linkerSettings: [.linkedLibrary("simdjson"), .linkedLibrary("jemalloc")]
        ),
        .executableTarget(
            name: "SluiceBench",
            dependencies: [
                "CBaselines",
                .product(name: "Sluice", package: "sluice"),
                .product(name: "SluiceKit", package: "sluice"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: [.treatAllWarnings(as: .error)]
        ),
    ],
    cxxLanguageStandard: .cxx17
)
