/// What a config belongs to, with Kafka's numbers (ConfigResource.Type).
enum ConfigResource: Int8 {
  case topic = 2
  case broker = 4
}
