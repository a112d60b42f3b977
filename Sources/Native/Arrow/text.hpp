// UTF-8, checked and mended. Private to this target.
#pragma once

#include <cstdint>
#include <string>

namespace varve {

// Length of the well-formed UTF-8 sequence at `at`, or 0 (Unicode 15, table 3-7).
inline int64_t utf8_sequence(const uint8_t *at, const uint8_t *end) {
  uint8_t first = at[0];
  if (first < 0x80) return 1;
  int64_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || end - at < length) return 0;
  uint8_t low = 0x80, high = 0xbf;  // bounds of the second byte
  if (first == 0xe0) low = 0xa0;
  if (first == 0xed) high = 0x9f;
  if (first == 0xf0) low = 0x90;
  if (first == 0xf4) high = 0x8f;
  if (at[1] < low || at[1] > high) return 0;
  for (int64_t i = 2; i < length; i++) {
    if ((at[i] & 0xc0) != 0x80) return 0;
  }
  return length;
}

inline bool is_utf8(const uint8_t *at, int64_t count) {
  for (const uint8_t *end = at + count; at < end;) {
    int64_t length = utf8_sequence(at, end);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

// The text with each bad byte as U+FFFD.
inline std::string lossy_utf8(const uint8_t *at, int64_t count) {
  std::string text;
  for (const uint8_t *end = at + count; at < end;) {
    int64_t length = utf8_sequence(at, end);
    if (length == 0) {
      text += "\xef\xbf\xbd";
      at += 1;
    } else {
      text.append(reinterpret_cast<const char *>(at), size_t(length));
      at += length;
    }
  }
  return text;
}

}  // namespace varve
