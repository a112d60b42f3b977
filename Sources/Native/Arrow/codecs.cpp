// Arrow's compression codecs as C functions.
#include "CArrow.h"

#include <memory>

#include "arrow/util/compression.h"

using arrow::Compression;
using arrow::util::Codec;
using arrow::util::Decompressor;

struct varve_codec {
  int kind;
  std::unique_ptr<Codec> codec;
  std::shared_ptr<Decompressor> decompressor;
  bool inside_frame = false;
};

static Compression::type compression_type(int kind) {
  switch (kind) {
    case VARVE_CODEC_GZIP: return Compression::GZIP;
    case VARVE_CODEC_SNAPPY: return Compression::SNAPPY;
    case VARVE_CODEC_LZ4_FRAME: return Compression::LZ4_FRAME;
    case VARVE_CODEC_ZSTD: return Compression::ZSTD;
    case VARVE_CODEC_LZ4_BLOCK: return Compression::LZ4;
    default: return Compression::UNCOMPRESSED;
  }
}

/// Whether a frame that Kafka's own clients can read may start here. zlib would also take its own
/// header, and LZ4's library would take linked blocks: Java consumers take neither.
static bool may_start_frame(int kind, const uint8_t *input, size_t count) {
  switch (kind) {
    case VARVE_CODEC_GZIP:
      return count >= 3 && input[0] == 0x1f && input[1] == 0x8b && input[2] == 8;
    case VARVE_CODEC_LZ4_FRAME:
      return count >= 7 && input[0] == 0x04 && input[1] == 0x22 && input[2] == 0x4d &&
             input[3] == 0x18 && (input[4] & 0x20) != 0;
    default:
      return count >= 4;
  }
}

varve_codec *varve_codec_create(int kind, int level) {
  try {
    auto type = compression_type(kind);
    if (type == Compression::UNCOMPRESSED) return nullptr;
    int wanted = level == VARVE_CODEC_DEFAULT_LEVEL ? arrow::util::kUseDefaultCompressionLevel
                                                    : level;
    auto made = Codec::Create(type, wanted);
    if (!made.ok()) return nullptr;
    auto codec = std::make_unique<varve_codec>();
    codec->kind = kind;
    codec->codec = std::move(made).ValueUnsafe();
    return codec.release();
  } catch (...) {
    return nullptr;
  }
}

void varve_codec_destroy(varve_codec *codec) {
  try {
    delete codec;
  } catch (...) {
  }
}

int64_t varve_codec_bound(varve_codec *codec, size_t count) {
  try {
    return codec->codec->MaxCompressedLen(static_cast<int64_t>(count), nullptr);
  } catch (...) {
    return -1;
  }
}

int64_t varve_codec_compress(
    varve_codec *codec, const uint8_t *input, size_t count, uint8_t *output, size_t capacity) {
  try {
    auto written = codec->codec->Compress(
        static_cast<int64_t>(count), input, static_cast<int64_t>(capacity), output);
    return written.ok() ? *written : -1;
  } catch (...) {
    return -1;
  }
}

int64_t varve_codec_decompress_block(
    varve_codec *codec, const uint8_t *input, size_t count, uint8_t *output, size_t capacity) {
  try {
    auto written = codec->codec->Decompress(
        static_cast<int64_t>(count), input, static_cast<int64_t>(capacity), output);
    return written.ok() ? *written : -1;
  } catch (...) {
    return -1;
  }
}

int varve_codec_begin(varve_codec *codec) {
  try {
    codec->inside_frame = false;
    if (!codec->decompressor) {
      auto made = codec->codec->MakeDecompressor();
      if (!made.ok()) return -1;
      codec->decompressor = std::move(made).ValueUnsafe();
      return 0;
    }
    return codec->decompressor->Reset().ok() ? 0 : -1;
  } catch (...) {
    return -1;
  }
}

int varve_codec_decompress(
    varve_codec *codec, const uint8_t *input, size_t count, uint8_t *output, size_t capacity,
    size_t *read, size_t *written) {
  *read = 0;
  *written = 0;
  try {
    auto &decompressor = *codec->decompressor;
    while (true) {
      if (!codec->inside_frame) {
        if (!may_start_frame(codec->kind, input + *read, count - *read)) {
          return VARVE_CODEC_CORRUPT;
        }
        codec->inside_frame = true;
      }
      if (*written == capacity) return VARVE_CODEC_OUTPUT_FULL;
      auto step = decompressor.Decompress(
          static_cast<int64_t>(count - *read), input + *read,
          static_cast<int64_t>(capacity - *written), output + *written);
      if (!step.ok()) return VARVE_CODEC_CORRUPT;
      *read += static_cast<size_t>(step->bytes_read);
      *written += static_cast<size_t>(step->bytes_written);
      if (decompressor.IsFinished()) {
        if (*read == count) return VARVE_CODEC_DONE;
        if (!decompressor.Reset().ok()) return VARVE_CODEC_CORRUPT;
        codec->inside_frame = false;
      } else if (step->bytes_read == 0 && step->bytes_written == 0) {
        // There was room for output and nothing came: the input ends inside a frame.
        return VARVE_CODEC_CORRUPT;
      }
    }
  } catch (...) {
    return VARVE_CODEC_CORRUPT;
  }
}
