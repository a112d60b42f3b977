// The raw layout of an Iceberg table of Kafka records: field ids, types and order as the table's
// schema has them. Small columns first, the value last.

#include "parquet_schema.hpp"

#include <cstdlib>

namespace varve {

using parquet::LogicalType;
using parquet::Repetition;
using parquet::Type;
using parquet::schema::GroupNode;
using parquet::schema::NodePtr;
using parquet::schema::PrimitiveNode;

namespace {

struct Leaf {
  const char *name;
  int32_t field_id;
  Repetition::type repetition;
  Type::type type;
};

constexpr Leaf leaves[VARVE_LEAVES] = {
    {"kafka_partition", 1, Repetition::REQUIRED, Type::INT32},
    {"kafka_offset", 2, Repetition::REQUIRED, Type::INT64},
    {"kafka_timestamp", 3, Repetition::REQUIRED, Type::INT64},
    {"kafka_timestamp_type", 4, Repetition::REQUIRED, Type::INT32},
    {"kafka_leader_epoch", 5, Repetition::REQUIRED, Type::INT32},
    {"kafka_timestamp_ms", 12, Repetition::OPTIONAL, Type::INT64},
    {"key", 10, Repetition::REQUIRED, Type::BYTE_ARRAY},
    {"value", 11, Repetition::OPTIONAL, Type::BYTE_ARRAY},
    {"key_raw", 13, Repetition::OPTIONAL, Type::BYTE_ARRAY},
    {"kafka_key", 7, Repetition::OPTIONAL, Type::BYTE_ARRAY},
    {"kafka_value", 8, Repetition::OPTIONAL, Type::BYTE_ARRAY},
};
constexpr int32_t headers_id = 6;
constexpr int32_t header_element_id = 9;

std::shared_ptr<const LogicalType> logical_type(int leaf) {
  if (leaf == VARVE_LEAF_TIMESTAMP) {
    return LogicalType::Timestamp(true, LogicalType::TimeUnit::MICROS);
  }
  if (leaf == VARVE_LEAF_HEADER_KEY) return LogicalType::String();
  return LogicalType::None();
}

NodePtr make(int leaf) {
  const Leaf &l = leaves[leaf];
  return PrimitiveNode::Make(
      l.name, l.repetition, logical_type(leaf), l.type, -1, l.field_id);
}

NodePtr make_headers() {
  NodePtr element = GroupNode::Make(
      "element", Repetition::REQUIRED,
      {make(VARVE_LEAF_HEADER_KEY), make(VARVE_LEAF_HEADER_VALUE),
       make(VARVE_LEAF_HEADER_KEY_RAW)},
      nullptr, header_element_id);
  NodePtr list = GroupNode::Make("list", Repetition::REPEATED, {element});
  return GroupNode::Make(
      "kafka_headers", Repetition::REQUIRED, {list}, LogicalType::List(), headers_id);
}

std::shared_ptr<GroupNode> make_root() {
  parquet::schema::NodeVector fields;
  for (int leaf = VARVE_LEAF_PARTITION; leaf <= VARVE_LEAF_TIMESTAMP_MS; leaf++) {
    fields.push_back(make(leaf));
  }
  fields.push_back(make_headers());
  fields.push_back(make(VARVE_LEAF_KEY));
  fields.push_back(make(VARVE_LEAF_VALUE));
  return std::static_pointer_cast<GroupNode>(
      GroupNode::Make("table", Repetition::REQUIRED, fields));
}

}  // namespace

const std::shared_ptr<GroupNode> &raw_schema_root() {
  static const auto *root = new std::shared_ptr<GroupNode>(make_root());
  return *root;
}

const parquet::SchemaDescriptor &raw_schema() {
  static const parquet::SchemaDescriptor *schema = [] {
    auto *made = new parquet::SchemaDescriptor();
    made->Init(raw_schema_root());
    return made;
  }();
  return *schema;
}

void set_error(char **error, const char *message) {
  if (error) *error = strdup(message);
}

void fail(const std::string &message) { throw parquet::ParquetException(message); }

}  // namespace varve

int32_t varve_leaf_field_id(int leaf) {
  return leaf >= 0 && leaf < VARVE_LEAVES ? varve::leaves[leaf].field_id : -1;
}
