// Opens and steps through the columns of a row group.

#include "parquet_read.hpp"

namespace varve {

namespace {

constexpr uint32_t largest_page_header = 1 << 20;

std::unique_ptr<parquet::PageReader> open_run(
    int leaf, const uint8_t *bytes, int64_t count, int32_t codec, const ReadContext &context) {
  auto stream = std::make_shared<::arrow::io::BufferReader>(
      std::make_shared<::arrow::Buffer>(bytes, count));
  parquet::ReaderProperties properties(context.pool);
  properties.set_page_checksum_verification(context.check_checksums);
  auto compression = static_cast<::arrow::Compression::type>(codec);
  // The number of values is not known for a part of a column: the bytes' end ends it.
#if ARROW_VERSION_MAJOR >= 25
  auto reader = parquet::PageReader::Open(
      stream, INT64_MAX, compression, properties, *raw_schema().Column(leaf));
#else
  auto reader = parquet::PageReader::Open(stream, INT64_MAX, compression, properties);
#endif
  reader->set_max_page_header_size(largest_page_header);
  return reader;
}

}  // namespace

std::unique_ptr<parquet::PageReader> open_pages(
    int leaf, const varve_column_pages &pages, const ReadContext &context) {
  if (!pages.pages) fail("a needed column is missing");
  std::vector<std::unique_ptr<parquet::PageReader>> readers;
  if (pages.dictionary) {
    readers.push_back(open_run(
        leaf, pages.dictionary, pages.dictionary_byte_count, pages.codec, context));
  }
  readers.push_back(open_run(leaf, pages.pages, pages.page_byte_count, pages.codec, context));
  return std::make_unique<ChainedPages>(std::move(readers));
}

HeaderReader::HeaderReader(
    int leaf, const varve_column_pages &pages, const ReadContext &context)
    : maximum_(raw_schema().Column(leaf)->max_definition_level()),
      column_(parquet::ColumnReader::Make(
          raw_schema().Column(leaf), open_pages(leaf, pages, context), context.pool)),
      typed_(static_cast<parquet::ByteArrayReader *>(column_.get())),
      definitions_(read_step),
      repetitions_(read_step),
      values_(read_step) {}

bool HeaderReader::refill() {
  at_ = count_ = value_at_ = value_count_ = 0;
  if (!typed_->HasNext()) return false;
  count_ = typed_->ReadBatch(
      read_step, definitions_.data(), repetitions_.data(), values_.data(), &value_count_);
  if (count_ <= 0 || count_ > read_step) fail("a header column ends too early");
  int64_t present = std::count(definitions_.begin(), definitions_.begin() + count_, maximum_);
  if (present != value_count_) fail("a header page has a wrong number of values");
  return true;
}

HeadersReader::HeadersReader(const varve_column_pages *columns, const ReadContext &context)
    : key_(VARVE_LEAF_HEADER_KEY, columns[VARVE_LEAF_HEADER_KEY], context),
      value_(VARVE_LEAF_HEADER_VALUE, columns[VARVE_LEAF_HEADER_VALUE], context),
      raw_(VARVE_LEAF_HEADER_KEY_RAW, columns[VARVE_LEAF_HEADER_KEY_RAW], context) {
  // The three may begin at different rows: the reader of a row range brings them in step.
  first_row_ = std::max(
      {columns[VARVE_LEAF_HEADER_KEY].first_row, columns[VARVE_LEAF_HEADER_VALUE].first_row,
       columns[VARVE_LEAF_HEADER_KEY_RAW].first_row});
  auto skip_to = [&](HeaderReader &reader, int leaf) {
    for (int64_t rows = first_row_ - columns[leaf].first_row; rows > 0; rows--) {
      if (!reader.has_level() || reader.repetition() != 0) fail("header columns disagree");
      do {
        reader.advance();
      } while (reader.has_level() && reader.repetition() != 0);
    }
  };
  skip_to(key_, VARVE_LEAF_HEADER_KEY);
  skip_to(value_, VARVE_LEAF_HEADER_VALUE);
  skip_to(raw_, VARVE_LEAF_HEADER_KEY_RAW);
}

void HeadersReader::check_row_start() {
  if (!key_.has_level() || !value_.has_level() || !raw_.has_level()) {
    fail("a header column ends too early");
  }
  if (key_.repetition() != 0 || value_.repetition() != 0 || raw_.repetition() != 0) {
    fail("a row does not begin where it should");
  }
  bool none = key_.definition() == 0;
  if ((value_.definition() == 0) != none || (raw_.definition() == 0) != none) {
    fail("header columns disagree");
  }
}

Header HeadersReader::header() {
  if (!value_.has_level() || !raw_.has_level() || key_.definition() != 1 ||
      value_.definition() == 0 || raw_.definition() == 0 ||
      value_.repetition() != key_.repetition() || raw_.repetition() != key_.repetition()) {
    fail("header columns disagree");
  }
  const parquet::ByteArray &key = raw_.has_value() ? raw_.value() : key_.value();
  if (key.len > INT32_MAX) fail("a header is too long");
  Header header{key.ptr, int32_t(key.len), nullptr, -1};
  if (value_.has_value()) {
    if (value_.value().len > INT32_MAX) fail("a header is too long");
    header.value = value_.value().ptr;
    header.value_length = int32_t(value_.value().len);
  }
  return header;
}

void HeadersReader::skip(int64_t count) {
  while (count > 0) {
    int64_t empty = pass_empty_rows(count);
    count -= empty;
    if (empty > 0) continue;
    read_row([](const Header &) {});
    count -= 1;
  }
}

TimestampReader::TimestampReader(
    const varve_column_pages *columns, const ReadContext &context)
    : limited_(VARVE_LEAF_TIMESTAMP, columns[VARVE_LEAF_TIMESTAMP], context),
      first_row_(columns[VARVE_LEAF_TIMESTAMP].first_row) {
  const varve_column_pages &exact = columns[VARVE_LEAF_TIMESTAMP_MS];
  if (!exact.pages) return;
  exact_ = std::make_unique<FlatReader<parquet::Int64Type>>(
      VARVE_LEAF_TIMESTAMP_MS, exact, context);
  int64_t ahead = first_row_ - exact.first_row;
  if (ahead > 0) exact_->skip(ahead);
  if (ahead < 0) limited_.skip(-ahead);
  first_row_ = std::max(first_row_, exact.first_row);
}

void TimestampReader::skip(int64_t count) {
  limited_.skip(count);
  if (exact_) exact_->skip(count);
}

void TimestampReader::read(int64_t count, int64_t *milliseconds) {
  limited_.read_required(count, milliseconds);
  for (int64_t i = 0; i < count; i++) {
    int64_t micros = milliseconds[i];
    milliseconds[i] = micros / 1000 - (micros % 1000 < 0);
  }
  if (!exact_) return;
  levels_.resize(size_t(count));
  values_.resize(size_t(count));
  for (int64_t done = 0; done < count;) {
    int64_t present = 0, used = 0;
    int64_t some = exact_->read(count - done, levels_.data(), values_.data(), &present);
    for (int64_t i = 0; i < some; i++) {
      if (levels_[i] == 0) continue;
      if (used == present) fail("a page has too few values");
      milliseconds[done + i] = values_[used++];
    }
    done += some;
  }
}

}  // namespace varve
