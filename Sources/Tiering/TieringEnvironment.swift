import Lake
import ObjectStore
import Platform

/// What settling and cold reads need of the world.
package struct TieringEnvironment: Sendable {
  package let lake: LakeEnvironment
  package let fileSystem: any FileSystem
  /// Where intents are kept: durable, on the disk of the local log.
  package let intentDirectory: String
  /// Where page indexes of data files are cached.
  package let indexDirectory: String
  /// Encodes and decodes: as many ranges at once as it has threads (`lake.settle.threads`).
  package let pool: BlockingPool

  package init(
    lake: LakeEnvironment, fileSystem: any FileSystem, intentDirectory: String,
    indexDirectory: String, pool: BlockingPool
  ) {
    self.lake = lake
    self.fileSystem = fileSystem
    self.intentDirectory = intentDirectory
    self.indexDirectory = indexDirectory
    self.pool = pool
  }

  package var store: any ObjectStore { lake.store }
  package var clock: any Clock { lake.clock }
  package var log: Logger { lake.logger }
}
