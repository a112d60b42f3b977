import Cluster
import Platform

/// `varve configs`: the config reference, from the tables that the broker itself reads.
enum Configs: Command {
  static let words = ["configs"]
  static let summary = "Prints every config with its type, default and meaning, as Markdown."
  static let options: [Arguments.Option] = []

  static func run(_ arguments: Arguments) throws -> Int32 {
    print(configReference(), terminator: "")
    return 0
  }
}
