/// What a client may do with a group, as bits of Kafka's AclOperation numbers.
enum GroupOperations {
  /// Read, delete, describe, describe configs, alter configs: all that groups have.
  static let all: Int32 = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11
}
