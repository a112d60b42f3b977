// Parquet files of Kafka records, through libparquet: a plain C face without exceptions.
//
// Every function that can fail returns 0 for success and otherwise a nonzero value, and stores in
// `*error` a message that the caller frees with `varve_free`. All bytes handed in are untrusted.
#ifndef VARVE_CARROW_PARQUET_H
#define VARVE_CARROW_PARQUET_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Columnar records ----

// No key or value: a position of this value.
#define VARVE_NULL_POSITION UINT32_MAX

// Records of one partition, column by column. Keys and values lie in their arenas in Parquet's
// PLAIN form, a little-endian uint32 length before the bytes, so that a page is a slice of an
// arena. A position is that of the first byte after the length.
typedef struct varve_columns {
  int32_t partition;
  int64_t count;
  int64_t capacity;
  int64_t *offsets;
  int64_t *timestamps;  // milliseconds
  int32_t *leader_epochs;
  uint8_t *timestamp_types;  // 0 create, 1 log append
  uint32_t *key_positions;
  uint32_t *value_positions;
  uint32_t *header_ends;  // headers of all rows up to and with this one

  uint8_t *keys;
  int64_t key_byte_count;
  int64_t key_byte_capacity;
  uint8_t *values;
  int64_t value_byte_count;
  int64_t value_byte_capacity;

  int64_t header_count;
  int64_t header_capacity;
  uint32_t *header_positions;     // of the key's bytes; the value's follow them
  int32_t *header_key_lengths;
  int32_t *header_value_lengths;  // -1: no value
  uint8_t *headers;
  int64_t header_byte_count;
  int64_t header_byte_capacity;
} varve_columns;

// Makes room for that much more of each. Nonzero: no memory, or an arena would pass 4 GiB.
int varve_columns_reserve(
    varve_columns *columns, int64_t rows, int64_t key_bytes, int64_t value_bytes,
    int64_t headers, int64_t header_bytes);
void varve_columns_free(varve_columns *columns);

void varve_free(void *memory);

// ---- Columns of the file ----

// The leaf columns of the raw layout, in file order.
enum {
  VARVE_LEAF_PARTITION,
  VARVE_LEAF_OFFSET,
  VARVE_LEAF_TIMESTAMP,
  VARVE_LEAF_TIMESTAMP_TYPE,
  VARVE_LEAF_LEADER_EPOCH,
  VARVE_LEAF_TIMESTAMP_MS,
  VARVE_LEAF_HEADER_KEY,
  VARVE_LEAF_HEADER_VALUE,
  VARVE_LEAF_HEADER_KEY_RAW,
  VARVE_LEAF_KEY,
  VARVE_LEAF_VALUE,
  VARVE_LEAVES
};

// The Iceberg field id of a leaf column.
int32_t varve_leaf_field_id(int leaf);

enum { VARVE_PARQUET_UNCOMPRESSED = 0, VARVE_PARQUET_SNAPPY = 1, VARVE_PARQUET_ZSTD = 4 };

// ---- Writing ----

typedef struct varve_parquet_options {
  int32_t codec;
  int32_t level;
  int64_t page_bytes;  // of input
} varve_parquet_options;

// One encoded column chunk of a row group.
typedef struct varve_chunk {
  int64_t position;  // of its first page in the file
  int64_t byte_count;
  int64_t value_count;  // with nulls
  int32_t codec;
} varve_chunk;

// Bytes of a file. The caller gives them back, on any thread, with `varve_bytes_free`.
typedef struct varve_bytes {
  uint8_t *bytes;
  int64_t count;
  void *owner;
} varve_bytes;

void varve_bytes_free(varve_bytes bytes);

typedef struct varve_file_statistics {
  int64_t record_count;
  int64_t key_null_count;
  int64_t value_null_count;
  int64_t column_bytes[VARVE_LEAVES];
  int64_t minimums[VARVE_LEAF_LEADER_EPOCH + 1];
  int64_t maximums[VARVE_LEAF_LEADER_EPOCH + 1];
} varve_file_statistics;

typedef struct varve_parquet_writer varve_parquet_writer;

varve_parquet_writer *varve_parquet_writer_new(
    const varve_parquet_options *options, char **error);

// Writes one row group of all rows of `batches`. `*out` gets the file's bytes since the last call,
// `chunks` (VARVE_LEAVES of them) where each column lies. After a failure only free is allowed.
int varve_parquet_writer_row_group(
    varve_parquet_writer *writer, const varve_columns *const *batches, int64_t batch_count,
    varve_bytes *out, varve_chunk *chunks, char **error);

// Writes page index and footer: the last bytes of the file.
int varve_parquet_writer_finish(
    varve_parquet_writer *writer, varve_bytes *out, varve_file_statistics *statistics,
    char **error);

void varve_parquet_writer_free(varve_parquet_writer *writer);

// Decodes an encoded row group and compares each record with `batches`. `bytes` begin at file
// position `position`.
int varve_parquet_verify(
    const uint8_t *bytes, int64_t count, int64_t position, const varve_chunk *chunks,
    const varve_columns *const *batches, int64_t batch_count, char **error);

// ---- Reading ----

typedef struct varve_footer {
  int64_t record_count;
  int64_t row_group_count;
  int64_t footer_position;  // where the serialised metadata begins
  int64_t index_position;   // where the page index begins; the footer's position without one
} varve_footer;

// A data page.
typedef struct varve_page {
  int64_t position;
  int64_t byte_count;
  int64_t first_row;  // in its row group
  int64_t minimum;    // partition, offset and timestamp (microseconds) only
  int64_t maximum;
} varve_page;

typedef struct varve_index_chunk {
  int64_t dictionary_position;  // -1: none
  int64_t dictionary_byte_count;
  int64_t value_count;
  int64_t page_start;  // the first of its pages in `pages`
  int64_t page_count;  // 0: the file lacks this column
  int32_t codec;
  int32_t has_bounds;
} varve_index_chunk;

typedef struct varve_page_index {
  int64_t row_group_count;
  int64_t *row_counts;
  varve_index_chunk *chunks;  // VARVE_LEAVES for each row group
  int64_t page_count;
  varve_page *pages;
} varve_page_index;

// Reads the footer at the end of `tail`, the last `count` bytes of a file of `file_size` bytes.
// When `tail` does not reach back to `footer_position`, nothing else of `out` is known yet.
int varve_parquet_footer(
    const uint8_t *tail, int64_t count, int64_t file_size, varve_footer *out, char **error);

// Reads footer and page index; `tail` must begin at or before the index position.
int varve_parquet_page_index(
    const uint8_t *tail, int64_t count, int64_t file_size, varve_page_index *out, char **error);
void varve_parquet_page_index_free(varve_page_index *index);

// Consecutive pages of one column of one row group. No page bytes: the column is left out.
typedef struct varve_column_pages {
  const uint8_t *dictionary;  // the dictionary page, or null
  int64_t dictionary_byte_count;
  const uint8_t *pages;
  int64_t page_byte_count;
  int64_t first_row;  // of the first page, in the row group
  int32_t codec;
} varve_column_pages;

typedef struct varve_row_filter {
  int64_t first_row;  // in the row group
  int64_t row_count;
  int32_t partition;
  int64_t first_offset;
  int64_t end_offset;  // exclusive
} varve_row_filter;

// Appends the rows that pass the filter to `out`, which is unchanged after a failure. `columns`
// are VARVE_LEAVES; partition, offset and timestamp must be there. Pages may not take more than
// `memory_limit` bytes decompressed at a time.
int varve_parquet_decode(
    const varve_column_pages *columns, const varve_row_filter *filter, int64_t memory_limit,
    int32_t check_checksums, varve_columns *out, char **error);

#ifdef __cplusplus
}
#endif

#endif
