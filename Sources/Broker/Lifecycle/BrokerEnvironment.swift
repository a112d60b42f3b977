import Platform

/// What a broker needs of the world; tests and the simulation bring their own.
package struct BrokerEnvironment: Sendable {
  package var fileSystem: any FileSystem
  package var clock: any Clock
  package var random: any RandomSource
  package var log: Logger
  /// How many cores the machine has.
  package var cores: Int
  /// What clients are told to connect to when the broker listens on all addresses.
  package var hostName: String
  /// The process's environment variables: where S3's credentials may be.
  package var variables: [String: String]

  package init(
    fileSystem: any FileSystem = PosixFileSystem(), clock: any Clock = SystemClock(),
    random: any RandomSource = SystemRandom(), log: Logger = Logger(part: "broker"),
    cores: Int = processorCount(), hostName: String = Platform.hostName(),
    variables: [String: String] = environmentVariables()
  ) {
    self.fileSystem = fileSystem
    self.clock = clock
    self.random = random
    self.log = log
    self.cores = cores
    self.hostName = hostName
    self.variables = variables
  }
}
