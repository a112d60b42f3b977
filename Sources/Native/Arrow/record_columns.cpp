// Growable flat storage of columnar records.

#include <cstdlib>

#include "CArrowParquet.h"

namespace {

// Positions are 32 bits wide, and the largest one means null.
constexpr int64_t arena_limit = int64_t(UINT32_MAX) - 1;

template <typename T>
bool grow(T *&memory, int64_t capacity) {
  void *bigger = realloc(memory, size_t(capacity) * sizeof(T));
  if (!bigger) return false;
  memory = static_cast<T *>(bigger);
  return true;
}

int64_t grown(int64_t capacity, int64_t needed, int64_t least) {
  int64_t doubled = capacity < least ? least : capacity + capacity / 2;
  return doubled < needed ? needed : doubled;
}

bool reserve_arena(uint8_t *&arena, int64_t &capacity, int64_t count, int64_t more) {
  if (more < 0 || count > arena_limit - more) return false;
  if (count + more <= capacity) return true;
  int64_t bigger = grown(capacity, count + more, 4096);
  if (!grow(arena, bigger)) return false;
  capacity = bigger;
  return true;
}

bool reserve_rows(varve_columns *c, int64_t more) {
  if (more < 0 || c->count > arena_limit - more) return false;
  if (c->count + more <= c->capacity) return true;
  int64_t bigger = grown(c->capacity, c->count + more, 64);
  if (!grow(c->offsets, bigger) || !grow(c->timestamps, bigger) ||
      !grow(c->leader_epochs, bigger) || !grow(c->timestamp_types, bigger) ||
      !grow(c->key_positions, bigger) || !grow(c->value_positions, bigger) ||
      !grow(c->header_ends, bigger)) {
    return false;
  }
  c->capacity = bigger;
  return true;
}

bool reserve_headers(varve_columns *c, int64_t more) {
  if (more < 0 || c->header_count > arena_limit - more) return false;
  if (c->header_count + more <= c->header_capacity) return true;
  int64_t bigger = grown(c->header_capacity, c->header_count + more, 64);
  if (!grow(c->header_positions, bigger) || !grow(c->header_key_lengths, bigger) ||
      !grow(c->header_value_lengths, bigger)) {
    return false;
  }
  c->header_capacity = bigger;
  return true;
}

}  // namespace

int varve_columns_reserve(
    varve_columns *c, int64_t rows, int64_t key_bytes, int64_t value_bytes, int64_t headers,
    int64_t header_bytes) {
  bool done = reserve_rows(c, rows) &&
      reserve_arena(c->keys, c->key_byte_capacity, c->key_byte_count, key_bytes) &&
      reserve_arena(c->values, c->value_byte_capacity, c->value_byte_count, value_bytes) &&
      reserve_headers(c, headers) &&
      reserve_arena(c->headers, c->header_byte_capacity, c->header_byte_count, header_bytes);
  return done ? 0 : 1;
}

void varve_columns_free(varve_columns *c) {
  void *all[] = {c->offsets, c->timestamps, c->leader_epochs, c->timestamp_types,
                 c->key_positions, c->value_positions, c->header_ends, c->keys, c->values,
                 c->header_positions, c->header_key_lengths, c->header_value_lengths, c->headers};
  for (void *memory : all) free(memory);
  *c = varve_columns{};
}

void varve_free(void *memory) { free(memory); }
