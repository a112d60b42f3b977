/// The Avro schemas of Iceberg v2's manifests and manifest lists, as literals: every reader finds
/// its way by the `field-id`s, and no library that drops them stands in between.
///
/// Source: Iceberg spec, "Manifests", "Manifest Lists", appendix A.
enum ManifestSchema {
  /// A field whose type is `["null", type]`, null by default.
  private static func optional(_ name: String, _ type: String, _ id: Int) -> String {
    #"{"name":"\#(name)","type":["null",\#(type)],"default":null,"field-id":\#(id)}"#
  }

  private static func required(_ name: String, _ type: String, _ id: Int) -> String {
    #"{"name":"\#(name)","type":\#(type),"field-id":\#(id)}"#
  }

  /// A map with int keys: Avro's own maps take strings only, so it is an array of pairs.
  private static func map(_ key: Int, _ value: Int, _ type: String) -> String {
    #"{"type":"array","logicalType":"map","items":{"type":"record","name":"k\#(key)_v\#(value)","#
      + #""fields":["# + required("key", #""int""#, key) + ","
      + required("value", type, value) + "]}}"
  }

  /// The schema of `manifest_entry` for files of `spec`.
  static func manifest(_ spec: PartitionSpec) throws(LakeError) -> String {
    var partition: [String] = []
    for field in spec.fields {
      guard let type = field.avroType else {
        throw .unsupported(
          file: "partition spec \(spec.specID)",
          reason: "manifests of transform '\(field.transform)' cannot be written")
      }
      partition.append(optional(field.name, type, Int(field.fieldID)))
    }
    let dataFile = [
      required("content", #""int""#, 134),
      required("file_path", #""string""#, 100),
      required("file_format", #""string""#, 101),
      required(
        "partition",
        #"{"type":"record","name":"r102","fields":["# + partition.joined(separator: ",") + "]}",
        102),
      required("record_count", #""long""#, 103),
      required("file_size_in_bytes", #""long""#, 104),
      optional("column_sizes", map(117, 118, #""long""#), 108),
      optional("value_counts", map(119, 120, #""long""#), 109),
      optional("null_value_counts", map(121, 122, #""long""#), 110),
      optional("lower_bounds", map(126, 127, #""bytes""#), 125),
      optional("upper_bounds", map(129, 130, #""bytes""#), 128),
      optional("split_offsets", #"{"type":"array","items":"long","element-id":133}"#, 132),
      optional("sort_order_id", #""int""#, 140),
    ]
    let entry = [
      required("status", #""int""#, 0),
      optional("snapshot_id", #""long""#, 1),
      optional("sequence_number", #""long""#, 3),
      optional("file_sequence_number", #""long""#, 4),
      required(
        "data_file",
        #"{"type":"record","name":"r2","fields":["# + dataFile.joined(separator: ",") + "]}", 2),
    ]
    return #"{"type":"record","name":"manifest_entry","fields":["#
      + entry.joined(separator: ",") + "]}"
  }

  /// The schema of `manifest_file`.
  static let manifestList: String = {
    let summary = [
      required("contains_null", #""boolean""#, 509),
      optional("contains_nan", #""boolean""#, 518),
      optional("lower_bound", #""bytes""#, 510),
      optional("upper_bound", #""bytes""#, 511),
    ]
    let fields = [
      required("manifest_path", #""string""#, 500),
      required("manifest_length", #""long""#, 501),
      required("partition_spec_id", #""int""#, 502),
      required("content", #""int""#, 517),
      required("sequence_number", #""long""#, 515),
      required("min_sequence_number", #""long""#, 516),
      required("added_snapshot_id", #""long""#, 503),
      required("added_files_count", #""int""#, 504),
      required("existing_files_count", #""int""#, 505),
      required("deleted_files_count", #""int""#, 506),
      required("added_rows_count", #""long""#, 512),
      required("existing_rows_count", #""long""#, 513),
      required("deleted_rows_count", #""long""#, 514),
      optional(
        "partitions",
        #"{"type":"array","items":{"type":"record","name":"r508","fields":["#
          + summary.joined(separator: ",") + #"]},"element-id":508}"#, 507),
    ]
    return #"{"type":"record","name":"manifest_file","fields":["#
      + fields.joined(separator: ",") + "]}"
  }()
}
