/// Apache Arrow and Parquet behind plain C: C++ exceptions never cross these functions.
#ifndef VARVE_CARROW_H
#define VARVE_CARROW_H

#include <stddef.h>
#include <stdint.h>

#include "CArrowParquet.h"

#ifdef __cplusplus
extern "C" {
#endif

// Codecs (codecs.cpp)

/// The first five are Kafka's numbers; the last is one bare LZ4 block, without a frame.
#define VARVE_CODEC_GZIP 1
#define VARVE_CODEC_SNAPPY 2
#define VARVE_CODEC_LZ4_FRAME 3
#define VARVE_CODEC_ZSTD 4
#define VARVE_CODEC_LZ4_BLOCK 5

/// The level by which a codec is made when the caller has no wish.
#define VARVE_CODEC_DEFAULT_LEVEL INT32_MIN

/// One codec with its working memory; one thread at a time.
typedef struct varve_codec varve_codec;

/// NULL when the library lacks the codec, the level is wrong or memory is short.
varve_codec *varve_codec_create(int kind, int level);
void varve_codec_destroy(varve_codec *codec);

/// The most bytes that `count` bytes can take when compressed; −1 on failure.
int64_t varve_codec_bound(varve_codec *codec, size_t count);
/// Compresses into `output`, which must have room for the bound; gives the bytes written or −1.
int64_t varve_codec_compress(
    varve_codec *codec, const uint8_t *input, size_t count, uint8_t *output, size_t capacity);

/// Decompresses one Snappy or LZ4 block; gives the bytes written, or −1 when it is damaged or does
/// not fit.
int64_t varve_codec_decompress_block(
    varve_codec *codec, const uint8_t *input, size_t count, uint8_t *output, size_t capacity);

#define VARVE_CODEC_DONE 0
#define VARVE_CODEC_OUTPUT_FULL 1
#define VARVE_CODEC_CORRUPT 2

/// Gets ready for new input of gzip, zstd or LZ4 frames. 0, or −1 on failure.
int varve_codec_begin(varve_codec *codec);
/// Decompresses frames, one after the other, until the input ends with the end of a frame (DONE) or
/// the output is full (OUTPUT_FULL: call again with what is left of the input and more room).
/// `input` is always all that is left. Adds to neither `read` nor `written`: it sets them.
int varve_codec_decompress(
    varve_codec *codec, const uint8_t *input, size_t count, uint8_t *output, size_t capacity,
    size_t *read, size_t *written);

#ifdef __cplusplus
}
#endif
#endif
