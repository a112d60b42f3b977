import Platform
import Testing

@testable import Cluster

/// Compares the tables of configs with Kafka's own (4.2.1, `name=default` a line).
struct ConfigFactsTests {
  private func facts(_ file: String) throws -> [(name: String, value: String?)] {
    let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    let bytes = try PosixFileSystem().readAll("/\(folder)/Facts/\(file)")
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), parts[1] == "null" ? nil : String(parts[1]))
    }
  }

  /// Where Varve's default is another, and why is in the key's documentation or the README.
  private static let otherDefaults: Set<String> = [
    // Topics settle unless told otherwise, and local disks keep a day of them.
    "remote.storage.enable"
  ]

  @Test func `every topic config of Kafka is known with its default`() throws {
    let facts = try facts("kafka-topic-configs.txt")
    #expect(facts.count > 30)
    let keys = Dictionary(uniqueKeysWithValues: TopicKeys.all.map { ($0.name, $0) })
    for fact in facts {
      let key = try #require(keys[fact.name], "\(fact.name) is not known")
      guard !Self.otherDefaults.contains(fact.name) else { continue }
      #expect(key.defaultValue == fact.value, "\(fact.name)")
    }
    let own = Set(keys.keys).subtracting(facts.map(\.name))
    #expect(own.allSatisfy { $0.hasPrefix("lake.") }, "\(own)")
  }

  @Test func `what a topic config does, or that it does nothing, is documented`() {
    for key in TopicKeys.all {
      #expect(key.acts != key.documentation.hasPrefix("Taken, without effect: "), "\(key.name)")
      #expect(key.documentation.hasSuffix("."), "\(key.name)")
    }
  }

  @Test func `every topic config refuses what it cannot use`() {
    for key in TopicKeys.all {
      switch key.kind {
      case .boolean, .int, .long, .double:
        #expect(topicConfigProblem(key.name, "abc") != nil, "\(key.name)")
        if key.kind != .boolean {
          #expect(topicConfigProblem(key.name, "-9999999999999999999") != nil, "\(key.name)")
        }
      case .string, .list, .password:
        let isOpen = key.words.isEmpty
        #expect((topicConfigProblem(key.name, "no such word") == nil) == isOpen, "\(key.name)")
      }
    }
  }

  @Test func `every broker config of Kafka is known`() throws {
    let facts = try facts("kafka-broker-configs.txt")
    #expect(facts.count > 250)
    let keys = Dictionary(uniqueKeysWithValues: BrokerKeys.all.map { ($0.name, $0) })
    for fact in facts where !Self.isOfControllers(fact.name) {
      let key = try #require(keys[fact.name], "\(fact.name) is not known")
      if !key.acts, let value = fact.value {
        #expect(key.problem(with: value) == nil, "\(fact.name)=\(value)")
      }
    }
  }

  /// What only a broker of several has: a file that names them is for another cluster.
  private static func isOfControllers(_ name: String) -> Bool {
    name == "process.roles" || name.hasPrefix("controller.")
  }

  @Test func `what can be set at run time is a config, and what gives topics' defaults is one`() {
    let names = Set(BrokerKeys.all.map(\.name))
    #expect(BrokerKeys.dynamic.isSubset(of: names), "\(BrokerKeys.dynamic.subtracting(names))")
    for (topic, synonyms) in TopicKeys.synonyms {
      #expect(TopicKeys.all.contains { $0.name == topic }, "\(topic)")
      for synonym in synonyms { #expect(names.contains(synonym.name), "\(synonym.name)") }
    }
  }

  @Test func `secrets are never shown`() {
    for key in BrokerKeys.all {
      let sounds = ["password", "secret", "jaas.config", "passphrase"].contains {
        key.name.contains($0)
      }
      if sounds { #expect(key.kind == .password, "\(key.name)") }
    }
  }
}
