/// One field of a sort order.
package struct SortField: Codable, Equatable, Sendable {
  package var transform: Transform
  package var sourceID: Int32
  package var direction: String
  package var nullOrder: String

  private enum CodingKeys: String, CodingKey {
    case transform, direction
    case sourceID = "source-id"
    case nullOrder = "null-order"
  }

  /// Ascending by the column itself, nulls first.
  package init(ascending sourceID: Int32) {
    transform = .identity
    self.sourceID = sourceID
    direction = "asc"
    nullOrder = "nulls-first"
  }
}

/// The order of the rows in a file (spec, "Sorting").
package struct SortOrder: Codable, Equatable, Sendable {
  package var orderID: Int32
  package var fields: [SortField]

  private enum CodingKeys: String, CodingKey {
    case fields
    case orderID = "order-id"
  }

  package init(orderID: Int32, fields: [SortField]) {
    self.orderID = orderID
    self.fields = fields
  }

  /// By Kafka partition, then by offset: every file that Varve writes is sorted so.
  package static let byOffset = SortOrder(
    orderID: 1,
    fields: [SortField(ascending: FieldID.partition), SortField(ascending: FieldID.offset)])
}
