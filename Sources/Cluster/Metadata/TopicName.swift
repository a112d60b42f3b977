/// What is wrong with a topic's name, in Kafka's words; nil when it is fine.
///
/// Kafka's rule: 1 to 249 of `[a-zA-Z0-9._-]`, not `.` or `..`.
package func topicNameProblem(_ name: String) -> String? {
  if name.isEmpty { return "Topic name is invalid: the empty string is not allowed" }
  if name == "." || name == ".." { return "Topic name is invalid: '.' or '..' is not allowed" }
  if name.utf8.count > 249 {
    return "Topic name is invalid: the length is longer than the max allowed length 249"
  }
  let isLegal = name.utf8.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "-"):
      true
    default: false
    }
  }
  return isLegal
    ? nil
    : "Topic name is invalid: it contains one or more characters other than ASCII alphanumerics, "
      + "'.', '_' and '-'"
}
