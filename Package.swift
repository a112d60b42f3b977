// swift-tools-version: 6.2
import PackageDescription

// The house plan: each target may import only what stands in its own line (and `tools/check-layers`
// compares the sources' `import` lines with this table, because SwiftPM lets an undeclared
// transitive import through). Layers go down only; see README.md, "Inside".

let swiftSettings: [SwiftSetting] = [
  .enableExperimentalFeature("Lifetimes")
]

// Without these, `@inlinable package` code is not inlined into other targets (measured: a Metadata
// answer of 100 partitions encodes in 16 µs instead of 3). Package optimisation insists on library
// evolution; nothing is resilient all the same, because the second flag bypasses it in the package.
let hotSettings: [SwiftSetting] = [
  .unsafeFlags(
    [
      "-Xfrontend", "-package-cmo", "-Xfrontend", "-allow-non-resilient-access",
      "-enable-library-evolution", "-no-verify-emitted-module-interface",
    ], .when(configuration: .release))
]

/// A Swift target in `Sources/<name>`; a hot one lends its inlinable code to other targets.
func layer(_ name: String, _ dependencies: [Target.Dependency], hot: Bool = false) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: [],
    swiftSettings: hot ? swiftSettings + hotSettings : swiftSettings)
}

/// The tests of one target, in `Tests/<name>Tests`.
func tests(
  _ name: String, _ dependencies: [Target.Dependency] = [], fixtures: [String] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.target(name: name)] + dependencies, exclude: fixtures,
    swiftSettings: swiftSettings)
}

/// A C shim in `Sources/Native/<folder>`.
func native(
  _ name: String, _ folder: String, cxx: [CXXSetting] = [], links: [LinkerSetting] = []
) -> Target {
  .target(
    name: name, path: "Sources/Native/\(folder)", publicHeadersPath: "include",
    cxxSettings: cxx, linkerSettings: links)
}

// Debian 12 has no libparquet: `tools/setup` unpacks the Arrow wheel's libraries and headers here.
// A missing folder is harmless, so a system-wide libparquet works unchanged.
let arrowLibraries = "\(Context.packageDirectory)/.deps/arrow/lib"

let package = Package(
  name: "varve",
  targets: [
    // 0 base
    native("CLinux", "Linux"),
    layer("Platform", ["CLinux"], hot: true),
    tests("Platform"),

    // 0 base, foreign libraries
    native("COpenSSL", "OpenSSL", links: [.linkedLibrary("crypto"), .linkedLibrary("ssl")]),
    native("CCurl", "Curl", links: [.linkedLibrary("curl")]),
    native(
      "CArrow", "Arrow", cxx: [.headerSearchPath("../../../.deps/arrow/include")],
      links: [
        .linkedLibrary("parquet"), .linkedLibrary("arrow"), .linkedLibrary("zstd"),
        .unsafeFlags([
          "-L\(arrowLibraries)", "-Xlinker", "-rpath", "-Xlinker", arrowLibraries,
          "-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/../../../.deps/arrow/lib",
        ]),
      ]),

    // 1 formats: Records
    layer("Records", ["Platform", "CLinux", "CArrow"], hot: true),
    tests("Records", ["Platform", "CLinux"]),

    // 1 formats: KafkaProtocol
    layer("KafkaProtocol", ["Platform", "Records"], hot: true),
    tests("KafkaProtocol", ["Platform", "Records"], fixtures: ["Facts"]),

    // 2 engines: CommitLog
    layer("CommitLog", ["Platform", "Records"]),
    tests("CommitLog", ["Records", "Platform", "Simulation"]),

    // 2 engines: ObjectStore
    layer("ObjectStore", ["Platform", "CLinux", "CCurl", "COpenSSL"]),
    tests("ObjectStore", ["Platform"]),

    // 2 engines: Net
    layer("Net", ["Platform", "CLinux"]),
    tests("Net", ["Platform"]),

    // 3 lake
    layer("Lake", ["Platform", "Records", "ObjectStore", "CArrow"]),
    tests("Lake", ["Platform", "Records", "ObjectStore"]),

    // 4 domain: Cluster
    layer("Cluster", ["Platform", "Records", "KafkaProtocol"]),
    tests("Cluster", ["Platform", "Records", "KafkaProtocol"], fixtures: ["Facts"]),

    // 4 domain: Coordinators
    layer("Coordinators", ["Platform", "Records", "KafkaProtocol"]),
    tests("Coordinators", ["Platform", "Records", "KafkaProtocol"]),

    // 4 domain: Tiering
    layer("Tiering", ["Platform", "Records", "CommitLog", "ObjectStore", "Lake"]),
    tests(
      "Tiering", ["Platform", "Records", "CommitLog", "ObjectStore", "Lake", "Simulation"]),

    // 5 serve: Broker
    layer(
      "Broker",
      [
        "Platform", "Records", "KafkaProtocol", "CommitLog", "Net", "Cluster", "ObjectStore",
        "Lake", "Tiering", "Coordinators",
      ]),
    tests(
      "Broker",
      ["Platform", "Records", "KafkaProtocol", "CommitLog", "Net", "Cluster", "Coordinators"]),

    // beside: Simulation
    layer("Simulation", ["Platform"]),
    tests("Simulation", ["Platform"]),

    // 6 tool
    .executableTarget(
      name: "varve",
      dependencies: [
        "Platform", "Records", "KafkaProtocol", "Net", "ObjectStore", "Lake", "Cluster", "Broker",
      ],
      swiftSettings: swiftSettings),
    tests("varve", ["Platform"]),
  ],
  cxxLanguageStandard: .cxx20
)
