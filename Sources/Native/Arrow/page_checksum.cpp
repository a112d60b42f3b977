// The CRC-32 of Parquet pages, with the CPU's carry-less multiplication.
//
// libparquet computes it, when it writes a page and when it reads one, with arrow::internal::crc32,
// which goes by tables and took 3 % of the CPU of settling. That function is defined here once
// more: the dynamic linker takes an executable's definition before a library's. Should a later
// libparquet call another function, then only the speed is lost. Other processors keep libarrow's.

#if defined(__x86_64__)

#include <immintrin.h>

#include <array>
#include <cstring>

#include "arrow/util/crc32.h"

namespace varve {

namespace {

constexpr uint32_t polynomial = 0xedb88320;  // zlib's; the lowest bit is the highest power of x

constexpr uint32_t times_x(uint32_t value) {
  return (value >> 1) ^ ((value & 1) != 0 ? polynomial : 0);
}

constexpr std::array<uint32_t, 256> make_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; bit++) value = times_x(value);
    table[byte] = value;
  }
  return table;
}

constexpr std::array<uint32_t, 256> table = make_table();

uint32_t by_table(uint32_t state, const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) state = table[(state ^ bytes[i]) & 255] ^ (state >> 8);
  return state;
}

#define VARVE_FOLDS __attribute__((target("pclmul,sse2")))

// What a half of 128 bits is multiplied by to move it `bits` further up in the message: x to that
// power modulo the polynomial, one place higher, because products of reflected numbers come out one
// place too low.
constexpr int64_t factor(int bits) {
  uint32_t value = 0x80000000;  // x to the power of 0
  for (int i = 0; i < bits; i++) value = times_x(value);
  return int64_t(value) << 1;
}

// Moves 128 bits as far up as `factors` say, and adds `next`, which lies there.
VARVE_FOLDS inline __m128i fold(__m128i state, __m128i factors, __m128i next) {
  __m128i low = _mm_clmulepi64_si128(state, factors, 0x00);
  __m128i high = _mm_clmulepi64_si128(state, factors, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

// Four streams of 16 bytes, folded into one, and that into 16 bytes with the same remainder as all
// that was read (V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ
// Instruction", Intel 2009). Needs 64 bytes; leaves up to 15 over, which it takes by table.
VARVE_FOLDS uint32_t by_folding(uint32_t state, const uint8_t *bytes, size_t count) {
  const __m128i far = _mm_set_epi64x(factor(4 * 128 - 32), factor(4 * 128 + 32));
  const __m128i near = _mm_set_epi64x(factor(128 - 32), factor(128 + 32));
  auto at = [&](int i) VARVE_FOLDS {
    return _mm_loadu_si128(reinterpret_cast<const __m128i *>(bytes) + i);
  };
  __m128i streams[4] = {at(0), at(1), at(2), at(3)};
  streams[0] = _mm_xor_si128(streams[0], _mm_cvtsi32_si128(int32_t(state)));
  for (bytes += 64, count -= 64; count >= 64; bytes += 64, count -= 64) {
    for (int i = 0; i < 4; i++) streams[i] = fold(streams[i], far, at(i));
  }
  __m128i folded = streams[0];
  for (int i = 1; i < 4; i++) folded = fold(folded, near, streams[i]);
  for (; count >= 16; bytes += 16, count -= 16) folded = fold(folded, near, at(0));
  uint8_t rest[16];
  memcpy(rest, &folded, sizeof rest);
  return by_table(by_table(0, rest, sizeof rest), bytes, count);
}

uint32_t update(uint32_t state, const uint8_t *bytes, size_t count) {
  static const bool folds = __builtin_cpu_supports("pclmul");
  return folds && count >= 64 ? by_folding(state, bytes, count) : by_table(state, bytes, count);
}

}  // namespace

}  // namespace varve

uint32_t arrow::internal::crc32(uint32_t previous, const void *bytes, size_t count) {
  return ~varve::update(~previous, static_cast<const uint8_t *>(bytes), count);
}

#endif
