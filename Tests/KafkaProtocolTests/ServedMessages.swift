@testable import KafkaProtocol

/// Every request whose messages are described; their responses come with them.
let servedRequests: [any KafkaRequest.Type] = [
  ProduceRequest.self, FetchRequest.self, ListOffsetsRequest.self, MetadataRequest.self,
  ApiVersionsRequest.self,
]
