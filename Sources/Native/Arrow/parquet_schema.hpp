// The raw layout's schema, and what all the shim's files share. Private to this target.
#pragma once

#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "CArrowParquet.h"
#include "parquet/exception.h"
#include "parquet/schema.h"
#include "parquet/types.h"

namespace varve {

// Timestamps outside 0001-01-01 … 9999-12-31T23:59:59.999Z are limited in kafka_timestamp, and
// exact in kafka_timestamp_ms.
constexpr int64_t first_timestamp = -62135596800000;
constexpr int64_t last_timestamp = 253402300799999;

inline int64_t limited(int64_t milliseconds) {
  if (milliseconds < first_timestamp) return first_timestamp;
  return milliseconds > last_timestamp ? last_timestamp : milliseconds;
}

// The schema of a raw file; made once, never freed.
const parquet::SchemaDescriptor &raw_schema();
const std::shared_ptr<parquet::schema::GroupNode> &raw_schema_root();

// A malloc'ed copy of a message for `*error`.
void set_error(char **error, const char *message);

[[noreturn]] void fail(const std::string &message);

// Runs `body` and turns whatever it throws into an error message.
template <typename Body>
int guarded(char **error, Body body) {
  try {
    body();
    return 0;
  } catch (const std::bad_alloc &) {
    set_error(error, "out of memory");
  } catch (const std::exception &thrown) {
    set_error(error, thrown.what());
  } catch (...) {
    set_error(error, "unknown exception");
  }
  return 1;
}

}  // namespace varve
