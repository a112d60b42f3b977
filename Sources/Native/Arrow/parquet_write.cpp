// Writes Parquet files of Kafka records row group by row group into memory.
//
// The file is put together from libparquet's parts (PageWriter, ColumnWriter, the metadata and page
// index builders) rather than by ParquetFileWriter: each column chunk can so have its own page
// sizes, and keys and values go from their arenas to the compressor without being encoded.

#include "parquet_write.hpp"

#include <algorithm>

#include "arrow/util/compression.h"

namespace varve {

namespace {

constexpr int64_t least_rows_per_page = 64;

// Numbers but timestamps: their encodings leave a few bytes a page, which codecs only make longer.
bool is_compact(int leaf) {
  return leaf == VARVE_LEAF_PARTITION || leaf == VARVE_LEAF_OFFSET ||
      leaf == VARVE_LEAF_TIMESTAMP_TYPE || leaf == VARVE_LEAF_LEADER_EPOCH;
}

std::shared_ptr<parquet::WriterProperties> make_properties(
    const varve_parquet_options &options, int64_t rows_per_page) {
  const parquet::SchemaDescriptor &schema = raw_schema();
  parquet::WriterProperties::Builder builder;
  builder.compression(static_cast<::arrow::Compression::type>(options.codec));
  if (options.codec == VARVE_PARQUET_ZSTD) builder.compression_level(options.level);
  builder.version(parquet::ParquetVersion::PARQUET_2_6)
      ->data_page_version(parquet::ParquetDataPageVersion::V1)
      ->data_pagesize(options.page_bytes)
      ->max_rows_per_page(rows_per_page)
      ->write_batch_size(std::min<int64_t>(1024, rows_per_page))
      ->dictionary_pagesize_limit(64 * 1024)
      ->enable_page_checksum()
      ->enable_write_page_index()
      ->set_size_statistics_level(parquet::SizeStatisticsLevel::None)
      ->disable_dictionary();
  for (int leaf = 0; leaf < VARVE_LEAVES; leaf++) {
    if (is_compact(leaf)) {
      builder.compression(schema.Column(leaf)->path(), ::arrow::Compression::UNCOMPRESSED);
    }
  }
  for (int leaf : {VARVE_LEAF_PARTITION, VARVE_LEAF_TIMESTAMP_TYPE, VARVE_LEAF_LEADER_EPOCH,
                   VARVE_LEAF_HEADER_KEY}) {
    builder.enable_dictionary(schema.Column(leaf)->path());
  }
  for (int leaf : {VARVE_LEAF_OFFSET, VARVE_LEAF_TIMESTAMP, VARVE_LEAF_TIMESTAMP_MS}) {
    builder.encoding(schema.Column(leaf)->path(), parquet::Encoding::DELTA_BINARY_PACKED);
  }
  for (int leaf : {VARVE_LEAF_HEADER_KEY, VARVE_LEAF_HEADER_VALUE, VARVE_LEAF_HEADER_KEY_RAW,
                   VARVE_LEAF_KEY, VARVE_LEAF_VALUE}) {
    builder.encoding(schema.Column(leaf)->path(), parquet::Encoding::PLAIN);
    builder.disable_statistics(schema.Column(leaf)->path());
  }
  return builder.build();
}

}  // namespace

}  // namespace varve

using namespace varve;

struct varve_parquet_writer {
  varve_parquet_options options;
  std::shared_ptr<Sink> sink = std::make_shared<Sink>();
  std::unique_ptr<parquet::FileMetaDataBuilder> metadata;
  std::unique_ptr<parquet::PageIndexBuilder> index;
  varve_file_statistics statistics{};
  int16_t row_groups = 0;
  bool usable = true;

  explicit varve_parquet_writer(const varve_parquet_options &options) : options(options) {
    metadata = parquet::FileMetaDataBuilder::Make(
        &raw_schema(), make_properties(options, most_rows_per_page));
    index = parquet::PageIndexBuilder::Make(&raw_schema());
    PARQUET_THROW_NOT_OK(sink->Write(parquet::kParquetMagic, 4));
  }

  ChunkTarget open_chunk(
      int leaf, parquet::RowGroupMetaDataBuilder *group,
      std::shared_ptr<parquet::WriterProperties> properties) {
    parquet::ColumnChunkMetaDataBuilder *chunk = group->NextColumnChunk();
    const auto &path = raw_schema().Column(leaf)->path();
    auto codec = properties->compression(path);
    auto level = properties->codec_options(path);
    if (codec == ::arrow::Compression::UNCOMPRESSED) level = nullptr;
    auto pages = parquet::PageWriter::Open(
        sink, codec, chunk, row_groups, int16_t(leaf),
        ::arrow::default_memory_pool(), false, nullptr, nullptr, true,
        properties->statistics_enabled(path) ? index->GetColumnIndexBuilder(leaf) : nullptr,
        index->GetOffsetIndexBuilder(leaf), level ? *level : ::arrow::util::CodecOptions{});
    return ChunkTarget{chunk, std::move(pages), properties, &statistics, options.page_bytes};
  }

  void write_row_group(Batches batches, varve_chunk *chunks) {
    int64_t rows = 0, bytes = 0;
    for (const varve_columns *batch : batches) {
      rows += batch->count;
      bytes += batch->key_byte_count + batch->value_byte_count + batch->header_byte_count;
    }
    if (rows <= 0 || rows > INT32_MAX) fail("a row group needs between 1 and 2^31 rows");
    if (row_groups == INT16_MAX) fail("too many row groups for one file");
    // A reader finds offsets to within two pages' worth of input by the page index alone. A search
    // by time reads a page of timestamps and no values, so those may be longer.
    int64_t fine_rows = 2 * options.page_bytes / (bytes / rows + 1);
    auto properties_for = [&](int64_t rows_per_page) {
      return make_properties(
          options, std::clamp(rows_per_page, least_rows_per_page, most_rows_per_page));
    };
    auto fine = properties_for(fine_rows);
    auto medium = properties_for(4 * fine_rows);
    auto coarse = properties_for(most_rows_per_page);

    parquet::RowGroupMetaDataBuilder *group = metadata->AppendRowGroup();
    index->AppendRowGroup();
    int64_t total = 0;
    for (int leaf = 0; leaf < VARVE_LEAVES; leaf++) {
      int64_t start = sink->position();
      auto properties = leaf < VARVE_LEAF_TIMESTAMP ? fine
          : leaf == VARVE_LEAF_TIMESTAMP            ? medium
                                                    : coarse;
      auto codec = int32_t(properties->compression(raw_schema().Column(leaf)->path()));
      ChunkTarget target = open_chunk(leaf, group, std::move(properties));
      total += write_column(leaf, batches, rows, std::move(target));
      int64_t levels = rows;
      if (leaf >= VARVE_LEAF_HEADER_KEY && leaf <= VARVE_LEAF_HEADER_KEY_RAW) {
        levels = header_level_count(batches);
      }
      chunks[leaf] = varve_chunk{start, sink->position() - start, levels, codec};
      statistics.column_bytes[leaf] += sink->position() - start;
    }
    group->set_num_rows(rows);
    group->Finish(total, row_groups);
    row_groups += 1;
    statistics.record_count += rows;
  }

  int64_t write_column(int leaf, Batches batches, int64_t rows, ChunkTarget target) {
    switch (leaf) {
      case VARVE_LEAF_KEY:
      case VARVE_LEAF_VALUE:
        return write_payload(leaf, batches, std::move(target));
      case VARVE_LEAF_HEADER_KEY:
      case VARVE_LEAF_HEADER_VALUE:
      case VARVE_LEAF_HEADER_KEY_RAW: {
        bool none = std::all_of(batches.begin(), batches.end(), [](const varve_columns *batch) {
          return batch->header_count == 0;
        });
        return none ? write_no_headers(rows, std::move(target))
                    : write_headers(leaf, batches, std::move(target));
      }
      default:
        return write_numbers(leaf, batches, rows, std::move(target));
    }
  }

  void write_footer() {
    index->Finish();
    auto locations = index->WriteTo(sink.get());
    metadata->SetIndexLocations(
        parquet::IndexKind::kColumnIndex, locations.column_index_locations);
    metadata->SetIndexLocations(
        parquet::IndexKind::kOffsetIndex, locations.offset_index_locations);
    auto finished = metadata->Finish();
    parquet::WriteFileMetaData(*finished, sink.get());
  }

 private:
  static int64_t header_level_count(Batches batches) {
    int64_t levels = 0;
    for (const varve_columns *batch : batches) {
      uint32_t before = 0;
      for (int64_t row = 0; row < batch->count; row++) {
        levels += std::max<int64_t>(1, batch->header_ends[row] - before);
        before = batch->header_ends[row];
      }
    }
    return levels;
  }
};

varve_parquet_writer *varve_parquet_writer_new(
    const varve_parquet_options *options, char **error) {
  varve_parquet_writer *writer = nullptr;
  guarded(error, [&] { writer = new varve_parquet_writer(*options); });
  return writer;
}

int varve_parquet_writer_row_group(
    varve_parquet_writer *writer, const varve_columns *const *batches, int64_t batch_count,
    varve_bytes *out, varve_chunk *chunks, char **error) {
  return guarded(error, [&] {
    if (!writer->usable) fail("the writer is finished or has failed");
    writer->usable = false;
    writer->write_row_group(Batches(batches, size_t(batch_count)), chunks);
    *out = writer->sink->take();
    writer->usable = true;
  });
}

int varve_parquet_writer_finish(
    varve_parquet_writer *writer, varve_bytes *out, varve_file_statistics *statistics,
    char **error) {
  return guarded(error, [&] {
    if (!writer->usable) fail("the writer is finished or has failed");
    writer->usable = false;
    writer->write_footer();
    *statistics = writer->statistics;
    *out = writer->sink->take();
  });
}

void varve_parquet_writer_free(varve_parquet_writer *writer) { delete writer; }
