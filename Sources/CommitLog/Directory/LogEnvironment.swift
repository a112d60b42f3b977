import Platform

/// The world as a log directory sees it.
package struct LogEnvironment: Sendable {
  package var fileSystem: any FileSystem
  package var clock: any Clock
  package var random: any RandomSource
  package var logger: Logger
  /// How many logs are recovered at the same time (`num.recovery.threads.per.data.dir`); 0 uses no
  /// thread but the caller's.
  package var recoveryThreads: Int

  package init(
    fileSystem: any FileSystem = PosixFileSystem(), clock: any Clock = SystemClock(),
    random: any RandomSource = SystemRandom(), logger: Logger = Logger(part: "log"),
    recoveryThreads: Int = 2
  ) {
    self.fileSystem = fileSystem
    self.clock = clock
    self.random = random
    self.logger = logger
    self.recoveryThreads = recoveryThreads
  }
}
