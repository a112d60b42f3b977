// Reads footer and page index of a file into flat arrays, and checks all that a plan relies on.

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "arrow/util/config.h"
#include "parquet/file_writer.h"
#include "parquet/metadata.h"
#include "parquet/page_index.h"
#include "parquet/properties.h"
#include "parquet_schema.hpp"

namespace varve {

namespace {

constexpr int64_t trailer_bytes = 8;  // metadata length and magic

struct Tail {
  const uint8_t *bytes;
  int64_t count;
  int64_t file_size;

  int64_t position() const { return file_size - count; }

  const uint8_t *at(int64_t position_in_file, int64_t length) const {
    if (length < 0 || position_in_file < position() || position_in_file > file_size - length) {
      fail("a part of the index lies outside the bytes read");
    }
    return bytes + (position_in_file - position());
  }
};

int64_t footer_position(const Tail &tail) {
  if (tail.file_size < 4 + trailer_bytes || tail.count < trailer_bytes ||
      tail.count > tail.file_size) {
    fail("too short for a Parquet file");
  }
  const uint8_t *end = tail.bytes + tail.count;
  if (memcmp(end - 4, parquet::kParquetMagic, 4) != 0) fail("it does not end as a Parquet file");
  uint32_t length;
  memcpy(&length, end - trailer_bytes, sizeof length);
  int64_t position = tail.file_size - trailer_bytes - int64_t(length);
  if (position < 4) fail("its footer's length is wrong");
  return position;
}

std::shared_ptr<parquet::FileMetaData> read_metadata(const Tail &tail, int64_t position) {
  int64_t length = tail.file_size - trailer_bytes - position;
  const uint8_t *bytes = tail.at(position, length);
#if ARROW_VERSION_MAJOR >= 26
  return parquet::FileMetaData::Make(bytes, length);
#else
  uint32_t narrow = uint32_t(length);
  return parquet::FileMetaData::Make(bytes, &narrow);
#endif
}

// Which column of the file is which leaf, by field id; -1 where the file lacks it.
std::vector<int> find_leaves(const parquet::SchemaDescriptor &schema) {
  std::vector<int> columns(VARVE_LEAVES, -1);
  for (int column = 0; column < schema.num_columns(); column++) {
    const parquet::ColumnDescriptor *found = schema.Column(column);
    int32_t id = found->schema_node()->field_id();
    for (int leaf = 0; leaf < VARVE_LEAVES; leaf++) {
      if (varve_leaf_field_id(leaf) != id) continue;
      const parquet::ColumnDescriptor *expected = raw_schema().Column(leaf);
      if (columns[leaf] >= 0 || found->physical_type() != expected->physical_type() ||
          found->max_definition_level() != expected->max_definition_level() ||
          found->max_repetition_level() != expected->max_repetition_level()) {
        fail("column " + found->path()->ToDotString() + " is not as the raw layout has it");
      }
      columns[leaf] = column;
    }
  }
  for (int leaf = 0; leaf < VARVE_LEAVES; leaf++) {
    if (columns[leaf] < 0 && leaf != VARVE_LEAF_TIMESTAMP_MS) {
      fail("no column has field id " + std::to_string(varve_leaf_field_id(leaf)));
    }
  }
  return columns;
}

class IndexReader {
 public:
  IndexReader(const Tail &tail, int64_t footer) : tail_(tail), footer_(footer) {
    metadata_ = read_metadata(tail, footer);
    if (metadata_->num_row_groups() < 0) fail("a wrong number of row groups");
  }

  // The lowest position of a column or offset index.
  int64_t index_position() const {
    int64_t lowest = footer_;
    for (int group = 0; group < metadata_->num_row_groups(); group++) {
      auto rows = metadata_->RowGroup(group);
      for (int column = 0; column < rows->num_columns(); column++) {
        auto chunk = rows->ColumnChunk(column);
        for (auto location : {chunk->GetColumnIndexLocation(), chunk->GetOffsetIndexLocation()}) {
          if (!location) continue;
          if (location->offset < 4 || location->length < 0 ||
              location->offset > footer_ - location->length) {
            fail("a part of the index lies outside the file");
          }
          lowest = std::min(lowest, location->offset);
        }
      }
    }
    return lowest;
  }

  int64_t row_group_count() const { return metadata_->num_row_groups(); }
  int64_t record_count() const { return metadata_->num_rows(); }

  void read() {
    std::vector<int> columns = find_leaves(*metadata_->schema());
    for (int group = 0; group < metadata_->num_row_groups(); group++) {
      auto rows = metadata_->RowGroup(group);
      if (rows->num_rows() <= 0 || rows->num_rows() > INT32_MAX ||
          rows->num_columns() != metadata_->num_columns()) {
        fail("a row group of a wrong size");
      }
      row_counts.push_back(rows->num_rows());
      for (int leaf = 0; leaf < VARVE_LEAVES; leaf++) {
        varve_index_chunk chunk{-1, 0, 0, int64_t(pages.size()), 0, 0, 0};
        if (columns[leaf] >= 0) {
          read_chunk(leaf, *rows->ColumnChunk(columns[leaf]), rows->num_rows(), chunk);
        }
        chunks.push_back(chunk);
      }
    }
  }

  std::vector<int64_t> row_counts;
  std::vector<varve_index_chunk> chunks;
  std::vector<varve_page> pages;

 private:
  void read_chunk(
      int leaf, const parquet::ColumnChunkMetaData &from, int64_t rows,
      varve_index_chunk &chunk) {
    int64_t start = from.data_page_offset();
    if (from.has_dictionary_page() && from.dictionary_page_offset() > 0 &&
        from.dictionary_page_offset() < start) {
      start = from.dictionary_page_offset();
      chunk.dictionary_position = start;
    }
    int64_t size = from.total_compressed_size();
    if (start < 4 || size <= 0 || start > footer_ - size) fail("a column lies outside the file");
    int64_t end = start + size;
    chunk.codec = int32_t(from.compression());
    chunk.value_count = from.num_values();
    if (auto location = from.GetOffsetIndexLocation()) {
      read_pages(*location, start, end, rows);
    } else {
      if (from.data_page_offset() >= end) fail("a column's pages lie outside it");
      pages.push_back(varve_page{
          from.data_page_offset(), end - from.data_page_offset(), 0, INT64_MIN, INT64_MAX});
    }
    chunk.page_count = int64_t(pages.size()) - chunk.page_start;
    if (chunk.dictionary_position >= 0) {
      chunk.dictionary_byte_count = pages[chunk.page_start].position - start;
      if (chunk.dictionary_byte_count <= 0) fail("a dictionary page has no room");
    }
    auto bounds = from.GetColumnIndexLocation();
    if (leaf <= VARVE_LEAF_TIMESTAMP && bounds && from.GetOffsetIndexLocation()) {
      read_bounds(leaf, *bounds, chunk);
    }
  }

  void read_pages(parquet::IndexLocation location, int64_t start, int64_t end, int64_t rows) {
    auto index = parquet::OffsetIndex::Make(
        tail_.at(location.offset, location.length), location.length, properties_);
    int64_t next_position = start, next_row = 0;
    if (index->page_locations().empty()) fail("a column without pages");
    for (const parquet::PageLocation &page : index->page_locations()) {
      bool first = next_row == 0;
      if (page.offset < next_position || page.compressed_page_size <= 0 ||
          page.offset > end - page.compressed_page_size || page.first_row_index >= rows ||
          (first ? page.first_row_index != 0 : page.first_row_index < next_row)) {
        fail("a column's pages are not in order");
      }
      pages.push_back(varve_page{
          page.offset, page.compressed_page_size, page.first_row_index, INT64_MIN, INT64_MAX});
      next_position = page.offset + page.compressed_page_size;
      next_row = page.first_row_index + 1;
    }
  }

  void read_bounds(
      int leaf, parquet::IndexLocation location, varve_index_chunk &chunk) {
    const parquet::ColumnDescriptor *column = raw_schema().Column(leaf);
    auto index = parquet::ColumnIndex::Make(
        *column, tail_.at(location.offset, location.length), location.length, properties_);
    for (bool only_nulls : index->null_pages()) {
      if (only_nulls) fail("a page of a required column has only nulls");
    }
    if (column->physical_type() == parquet::Type::INT32) {
      copy_bounds(dynamic_cast<parquet::Int32ColumnIndex *>(index.get()), chunk);
    } else {
      copy_bounds(dynamic_cast<parquet::Int64ColumnIndex *>(index.get()), chunk);
    }
  }

  template <typename Index>
  void copy_bounds(Index *index, varve_index_chunk &chunk) {
    if (!index || int64_t(index->min_values().size()) != chunk.page_count ||
        int64_t(index->max_values().size()) != chunk.page_count) {
      fail("page bounds do not match the pages");
    }
    for (int64_t page = 0; page < chunk.page_count; page++) {
      varve_page &to = pages[chunk.page_start + page];
      to.minimum = index->min_values()[page];
      to.maximum = index->max_values()[page];
      if (to.minimum > to.maximum) fail("page bounds are inverted");
    }
    chunk.has_bounds = 1;
  }

  Tail tail_;
  int64_t footer_;
  parquet::ReaderProperties properties_ = parquet::default_reader_properties();
  std::shared_ptr<parquet::FileMetaData> metadata_;
};

template <typename T>
T *copied(const std::vector<T> &from) {
  auto *copy = static_cast<T *>(malloc(std::max<size_t>(1, from.size()) * sizeof(T)));
  if (!copy) throw std::bad_alloc();
  std::copy(from.begin(), from.end(), copy);
  return copy;
}

}  // namespace

}  // namespace varve

using namespace varve;

int varve_parquet_footer(
    const uint8_t *tail, int64_t count, int64_t file_size, varve_footer *out, char **error) {
  return guarded(error, [&] {
    Tail bytes{tail, count, file_size};
    int64_t position = footer_position(bytes);
    out->footer_position = position;
    out->record_count = out->row_group_count = 0;
    out->index_position = position;
    if (position < bytes.position()) return;
    IndexReader reader(bytes, position);
    out->index_position = reader.index_position();
    out->record_count = reader.record_count();
    out->row_group_count = reader.row_group_count();
  });
}

int varve_parquet_page_index(
    const uint8_t *tail, int64_t count, int64_t file_size, varve_page_index *out, char **error) {
  *out = varve_page_index{};
  int failed = guarded(error, [&] {
    Tail bytes{tail, count, file_size};
    IndexReader reader(bytes, footer_position(bytes));
    reader.index_position();  // checks all locations
    reader.read();
    out->row_group_count = int64_t(reader.row_counts.size());
    out->page_count = int64_t(reader.pages.size());
    out->row_counts = copied(reader.row_counts);
    out->chunks = copied(reader.chunks);
    out->pages = copied(reader.pages);
  });
  if (failed) varve_parquet_page_index_free(out);
  return failed;
}

void varve_parquet_page_index_free(varve_page_index *index) {
  free(index->row_counts);
  free(index->chunks);
  free(index->pages);
  *index = varve_page_index{};
}
