// CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected 0x82F63B78; RFC 3720 appendix B.4), the
// checksum of Kafka's record batches.
//
// The SSE4.2 instruction has a latency of three cycles and a throughput of one, so one stream
// leaves two thirds of it idle. Here a run of bytes is cut into three equal streams whose sums are
// computed side by side and then joined. Moving a sum past n bytes of zeros is a multiplication by
// x^(8n) modulo the polynomial; a carry-less multiplication with a constant out of a table does it,
// and the CRC instruction itself does the reduction.
#include "CLinux.h"

#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#include <wmmintrin.h>
#endif

/// The most 8-byte words one stream takes in a round (12 KiB for the three: all of it stays in L1).
#define STREAM_WORDS 512

static uint32_t slices[8][256];

static uint64_t load64(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

/// Slicing-by-8: eight tables, one look-up a byte, eight bytes a step. `crc` is the inner state.
static uint32_t update_portable(uint32_t crc, const uint8_t *bytes, size_t count) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  for (; count >= 8; bytes += 8, count -= 8) {
    uint64_t word = load64(bytes) ^ crc;
    crc = slices[7][word & 255] ^ slices[6][word >> 8 & 255] ^ slices[5][word >> 16 & 255] ^
          slices[4][word >> 24 & 255] ^ slices[3][word >> 32 & 255] ^
          slices[2][word >> 40 & 255] ^ slices[1][word >> 48 & 255] ^ slices[0][word >> 56];
  }
#endif
  for (; count > 0; bytes++, count--) crc = slices[0][(crc ^ *bytes) & 255] ^ crc >> 8;
  return crc;
}

static uint32_t (*update)(uint32_t, const uint8_t *, size_t) = update_portable;

#if defined(__x86_64__)
/// shifts[n]: the constant that moves a sum past n words, x^(64n − 33) modulo the polynomial. The
/// 33 makes up for the bit that a product of reflected numbers is off by, and for the 32 that the
/// reducing CRC instruction adds.
static uint32_t shifts[2 * STREAM_WORDS + 1];

__attribute__((target("sse4.2,pclmul"))) static uint64_t shifted(uint32_t crc, size_t words) {
  __m128i product =
      _mm_clmulepi64_si128(_mm_cvtsi32_si128((int)crc), _mm_cvtsi32_si128((int)shifts[words]), 0);
  return (uint64_t)_mm_cvtsi128_si64(product);
}

__attribute__((target("sse4.2,pclmul"))) static uint32_t update_sse42(
    uint32_t crc, const uint8_t *bytes, size_t count) {
  while (count >= 192) {
    size_t words = count / 24;
    if (words > STREAM_WORDS) words = STREAM_WORDS;
    const uint8_t *second = bytes + 8 * words, *third = second + 8 * words;
    uint64_t a = crc, b = 0, c = 0;
    for (size_t i = 0; i < 8 * words; i += 8) {
      a = _mm_crc32_u64(a, load64(bytes + i));
      b = _mm_crc32_u64(b, load64(second + i));
      c = _mm_crc32_u64(c, load64(third + i));
    }
    uint64_t product = shifted((uint32_t)a, 2 * words) ^ shifted((uint32_t)b, words);
    crc = (uint32_t)(_mm_crc32_u64(0, product) ^ c);
    bytes += 24 * words;
    count -= 24 * words;
  }
  uint64_t sum = crc;
  for (; count >= 8; bytes += 8, count -= 8) sum = _mm_crc32_u64(sum, load64(bytes));
  crc = (uint32_t)sum;
  for (; count > 0; bytes++, count--) crc = _mm_crc32_u8(crc, *bytes);
  return crc;
}

__attribute__((target("sse4.2"))) static void prepare_shifts(void) {
  // x^31 is the lowest bit of a reflected number.
  shifts[1] = 1;
  for (int n = 1; n < 2 * STREAM_WORDS; n++) {
    shifts[n + 1] = (uint32_t)_mm_crc32_u64(shifts[n], 0);
  }
}
#endif

/// Runs once when the program is loaded, before any thread can ask for a checksum.
__attribute__((constructor)) static void prepare(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    slices[0][byte] = crc;
  }
  for (int slice = 1; slice < 8; slice++) {
    for (int byte = 0; byte < 256; byte++) {
      uint32_t crc = slices[slice - 1][byte];
      slices[slice][byte] = slices[0][crc & 255] ^ crc >> 8;
    }
  }
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul")) {
    prepare_shifts();
    update = update_sse42;
  }
#endif
}

uint32_t varve_crc32c(uint32_t crc, const void *bytes, size_t count) {
  return ~update(~crc, bytes, count);
}

uint32_t varve_crc32c_portable(uint32_t crc, const void *bytes, size_t count) {
  return ~update_portable(~crc, bytes, count);
}

int varve_crc32c_is_accelerated(void) { return update != update_portable; }
