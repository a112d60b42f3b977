/// HTTP requests on one libcurl multi handle, with plain C types: curl_easy_setopt is variadic, so
/// Swift cannot call it.
///
/// All functions but `varve_curl_wakeup` belong to one thread: the one that performs and waits.
#ifndef VARVE_CCURL_H
#define VARVE_CCURL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A set of transfers and their connections.
typedef struct varve_curl varve_curl;
/// One request and, later, its response.
typedef struct varve_curl_request varve_curl_request;

/// What a request wants; everything is copied but the body, which must live until it is freed.
typedef struct {
  const char *method;
  const char *url;
  /// `Name: value` lines, sent as they are.
  const char *const *headers;
  size_t header_count;
  const struct iovec *body;
  size_t body_count;
  /// Refuses a longer response body (VARVE_CURL_TOO_LARGE).
  size_t response_limit;
  int64_t connect_timeout_milliseconds;
  int64_t total_timeout_milliseconds;
  /// Gives up when fewer bytes a second than this flow for so many seconds.
  int64_t low_speed_bytes;
  int64_t low_speed_seconds;
  /// A kept connection is not used again after so long without a request.
  int64_t idle_connection_seconds;
  /// Opens a new connection, so that libcurl does not repeat the request by itself when a kept one
  /// turns out to be dead.
  int fresh_connection;
  /// A file of CA certificates; null for the system's.
  const char *ca_file;
} varve_curl_options;

/// How a request ended.
typedef enum {
  VARVE_CURL_OK = 0,
  /// Not one byte of the request was sent.
  VARVE_CURL_NOT_SENT = 1,
  /// The request may have reached the server.
  VARVE_CURL_BROKEN = 2,
  VARVE_CURL_TIMED_OUT = 3,
  VARVE_CURL_TOO_LARGE = 4,
  /// The certificate, the URL or another setting is wrong.
  VARVE_CURL_REFUSED = 5,
} varve_curl_end;

/// Null when memory runs out.
varve_curl *varve_curl_create(int maximum_connections);
/// Frees the handle; all requests must have been freed.
void varve_curl_destroy(varve_curl *curl);

/// Starts a request; `token` comes back with `varve_curl_next`. Null when libcurl refuses.
varve_curl_request *varve_curl_start(varve_curl *curl, const varve_curl_options *options,
                                     uint64_t token);
/// Moves what can be moved without waiting. 0 on success.
int varve_curl_perform(varve_curl *curl);
/// Waits up to `timeout` milliseconds for something to do. 0 on success.
int varve_curl_wait(varve_curl *curl, int timeout);
/// Ends a wait early, or the next one at once; from any thread.
void varve_curl_wakeup(varve_curl *curl);
/// A request that has ended; null when there is none. It is no longer in the set.
varve_curl_request *varve_curl_next(varve_curl *curl);

uint64_t varve_curl_token(const varve_curl_request *request);
varve_curl_end varve_curl_how_ended(const varve_curl_request *request);
/// libcurl's words for a failure.
const char *varve_curl_error(const varve_curl_request *request);
/// HTTP status, 0 when no response came.
int varve_curl_status(const varve_curl_request *request);
/// The header lines of the last response, CR LF between them; valid until the request is freed.
const char *varve_curl_headers(const varve_curl_request *request, size_t *count);
/// Hands the body over: the caller frees it with free(3). Null when it is empty.
void *varve_curl_take_body(varve_curl_request *request, size_t *count);
/// Takes the request out of the set if it is under way, and frees it.
void varve_curl_free(varve_curl *curl, varve_curl_request *request);

#ifdef __cplusplus
}
#endif
#endif
