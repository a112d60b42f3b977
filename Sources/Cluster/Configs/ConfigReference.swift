/// The config reference as Markdown, generated from the tables that the broker itself reads.
package func configReference() -> String {
  """
  # Configs

  ## Broker (`server.properties`)

  \(table(BrokerKeys.all))
  Taken without effect, so that Kafka's files work as they are: \(taken(BrokerKeys.all)).

  Can be set while the broker runs, for one broker or for all: \(list(BrokerKeys.dynamic)).

  ## Topic

  \(table(TopicKeys.all))
  Taken without effect: \(taken(TopicKeys.all)).

  ## Group

  \(table(GroupKeys.all))
  Taken without effect: \(taken(GroupKeys.all)).

  ## Client metrics

  \(table(ClientMetricsKeys.all))
  """
}

/// The keys that do something.
private func table(_ keys: [ConfigKey]) -> String {
  var text = "| name | type | default | |\n|---|---|---|---|\n"
  for key in keys.filter(\.acts).sorted(by: { $0.name < $1.name }) {
    let value = key.defaultValue.map { $0.isEmpty ? "" : "`\($0)`" } ?? "not set"
    text += "| `\(key.name)` | \(key.kind) | \(value) | \(key.documentation) |\n"
  }
  return text
}

private func taken(_ keys: [ConfigKey]) -> String { list(keys.filter { !$0.acts }.map(\.name)) }

private func list(_ names: some Sequence<String>) -> String {
  names.sorted().map { "`\($0)`" }.joined(separator: ", ")
}
