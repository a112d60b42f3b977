/// The config reference as Markdown, generated from the tables that the broker itself reads.
package func configReference() -> String {
  var text = "# Configs\n\n## Broker (`server.properties`)\n\n"
  text += table(BrokerKeys.all.filter(\.acts))
  text += "\nTaken without effect, so that Kafka's files work as they are: "
  text += BrokerKeys.all.filter { !$0.acts }.map { "`\($0.name)`" }.sorted().joined(separator: ", ")
  text += ".\n\n## Topic\n\n"
  text += table(TopicKeys.all.filter(\.acts))
  text += "\nTaken without effect: "
  text += TopicKeys.all.filter { !$0.acts }.map { "`\($0.name)`" }.sorted().joined(separator: ", ")
  return text + ".\n"
}

private func table(_ keys: [ConfigKey]) -> String {
  var text = "| name | type | default | |\n|---|---|---|---|\n"
  for key in keys.sorted(by: { $0.name < $1.name }) {
    let value = key.defaultValue.map { $0.isEmpty ? "" : "`\($0)`" } ?? "not set"
    text += "| `\(key.name)` | \(key.kind) | \(value) | \(key.documentation) |\n"
  }
  return text
}
