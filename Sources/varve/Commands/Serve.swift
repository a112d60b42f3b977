import Broker
import Cluster
import Net
import Platform

/// `varve serve`: runs the broker until a signal stops it.
enum Serve: Command {
  static let words = ["serve"]
  static let summary = """
    Serves the Kafka protocol, settles topics into the lake, and reads back from it.
    Without a config: 127.0.0.1:9092, data in ./data, lake in ./data/lake. SIGTERM and SIGINT
    stop it: it answers what is under way, syncs everything and exits with 0.
    """
  static let options = [
    Arguments.Option(
      name: "--config", value: "file", documentation: "A server.properties; see: varve configs."),
    Arguments.Option(
      name: "--set", value: "name=value",
      documentation: "Sets one config, over the file's. May be repeated.", repeats: true),
  ]

  /// Fewer open files than this are worth a warning.
  private static let fewFiles = 8192

  static func run(_ arguments: Arguments) throws -> Int32 {
    // Before any thread starts, so that all of them leave the signals to this one.
    let signals = SignalQueue()
    let config = try readConfig(arguments)
    let log = Logger(part: "broker", minimum: LogLevel(config.values.string("varve.log.level")))
    if !config.withoutEffect.isEmpty {
      log.warn(
        "configs that are taken and change nothing here",
        ("names", config.withoutEffect.joined(separator: ",")))
    }
    raiseFileLimit(log)
    let broker = try Broker(config: config, environment: BrokerEnvironment(log: log))
    let signal = signals.wait()
    log.info("signal received", ("signal", signal))
    try broker.stop()
    return 0
  }

  /// Each partition and each connection takes one.
  private static func raiseFileLimit(_ log: Logger) {
    OpenFiles.raiseLimit()
    guard OpenFiles.limit < Self.fewFiles else { return }
    log.warn(
      "few files may be open, and each partition and connection takes one: raise the hard limit "
        + "(ulimit -Hn; LimitNOFILE of a service)", ("limit", OpenFiles.limit))
  }

  /// The config of `--config` and `--set`.
  static func readConfig(_ arguments: Arguments) throws(UsageError) -> BrokerConfig {
    guard arguments.operands.isEmpty else {
      throw UsageError("unexpected '\(arguments.operands[0])'", hint: "varve serve --config FILE")
    }
    var overrides: [String: String] = [:]
    for item in arguments.all("--set") {
      guard let equals = item.firstIndex(of: "=") else {
        throw UsageError("--set wants name=value, not '\(item)'")
      }
      overrides[String(item[..<equals])] = String(item[item.index(after: equals)...])
    }
    var file: PropertiesFile?
    if let path = arguments["--config"] {
      let bytes: [UInt8]
      do throws(StorageError) { bytes = try PosixFileSystem().readAll(path) } catch {
        throw UsageError("cannot read the config: \(error)", at: path)
      }
      file = try PropertiesFile(path: path, text: String(decoding: bytes, as: UTF8.self))
    }
    return try BrokerConfig(file: file, overrides: overrides)
  }
}

extension LogLevel {
  fileprivate init(_ name: String) {
    switch name {
    case "debug": self = .debug
    case "warn": self = .warn
    case "error": self = .error
    default: self = .info
    }
  }
}
