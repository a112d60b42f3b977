#include "CCurl.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/// The header block of a response may not be larger.
enum { HEADER_LIMIT = 64 * 1024 };

struct varve_curl {
  CURLM *multi;
};

struct varve_curl_request {
  CURL *easy;
  int is_in_set;
  uint64_t token;
  struct curl_slist *header_list;
  struct iovec *parts;
  size_t part_count, part, part_position;
  uint8_t *body;
  size_t body_size, body_capacity, body_limit;
  char *headers;
  size_t header_size, header_capacity;
  int is_too_large;
  CURLcode code;
  char error[CURL_ERROR_SIZE];
};

static void initialise(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }

varve_curl *varve_curl_create(int maximum_connections) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, initialise);
  varve_curl *curl = calloc(1, sizeof *curl);
  if (curl == NULL) return NULL;
  curl->multi = curl_multi_init();
  if (curl->multi == NULL) {
    free(curl);
    return NULL;
  }
  curl_multi_setopt(curl->multi, CURLMOPT_MAXCONNECTS, (long)maximum_connections);
  curl_multi_setopt(curl->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)maximum_connections);
  curl_multi_setopt(curl->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
  return curl;
}

void varve_curl_destroy(varve_curl *curl) {
  curl_multi_cleanup(curl->multi);
  free(curl);
}

static size_t send_body(char *buffer, size_t size, size_t count, void *context) {
  varve_curl_request *request = context;
  size_t room = size * count, done = 0;
  while (done < room && request->part < request->part_count) {
    const struct iovec *part = &request->parts[request->part];
    size_t left = part->iov_len - request->part_position;
    size_t chunk = left < room - done ? left : room - done;
    if (chunk > 0) memcpy(buffer + done, (char *)part->iov_base + request->part_position, chunk);
    done += chunk;
    request->part_position += chunk;
    if (request->part_position == part->iov_len) {
      request->part++;
      request->part_position = 0;
    }
  }
  return done;
}

static int rewind_body(void *context, curl_off_t position, int origin) {
  varve_curl_request *request = context;
  if (position != 0 || origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  request->part = 0;
  request->part_position = 0;
  return CURL_SEEKFUNC_OK;
}

/// Makes room for `wanted` bytes; doubles, so that a body without a length costs few copies.
static int grow(void **memory, size_t *capacity, size_t wanted) {
  if (wanted <= *capacity) return 1;
  size_t bigger = *capacity * 2 > wanted ? *capacity * 2 : wanted;
  void *moved = realloc(*memory, bigger);
  if (moved == NULL) return 0;
  *memory = moved;
  *capacity = bigger;
  return 1;
}

static size_t receive_body(char *bytes, size_t size, size_t count, void *context) {
  varve_curl_request *request = context;
  size_t more = size * count;
  if (more > request->body_limit - request->body_size) {
    request->is_too_large = 1;
    return 0;
  }
  if (request->body_size == 0) {
    curl_off_t announced = 0;
    curl_easy_getinfo(request->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    if (announced > 0 && (uint64_t)announced > request->body_limit) {
      request->is_too_large = 1;
      return 0;
    }
    if (announced > 0 && !grow((void **)&request->body, &request->body_capacity, announced))
      return 0;
  }
  if (!grow((void **)&request->body, &request->body_capacity, request->body_size + more)) return 0;
  memcpy(request->body + request->body_size, bytes, more);
  request->body_size += more;
  return more;
}

static size_t receive_header(char *bytes, size_t size, size_t count, void *context) {
  varve_curl_request *request = context;
  size_t more = size * count;
  // A status line begins a new response: after a 100 Continue, only the last one counts.
  if (more >= 5 && memcmp(bytes, "HTTP/", 5) == 0) request->header_size = 0;
  if (request->header_size + more > HEADER_LIMIT) {
    request->is_too_large = 1;
    return 0;
  }
  if (!grow((void **)&request->headers, &request->header_capacity, request->header_size + more))
    return 0;
  memcpy(request->headers + request->header_size, bytes, more);
  request->header_size += more;
  return more;
}

static int set_headers(varve_curl_request *request, const varve_curl_options *options) {
  // libcurl adds these by itself; a header without a value takes it away.
  const char *unwanted[] = {"Expect:", "Accept:", "Content-Type:", "Transfer-Encoding:"};
  size_t unwanted_count = sizeof unwanted / sizeof *unwanted;
  for (size_t i = 0; i < options->header_count + unwanted_count; i++) {
    const char *line =
        i < unwanted_count ? unwanted[i] : options->headers[i - unwanted_count];
    struct curl_slist *longer = curl_slist_append(request->header_list, line);
    if (longer == NULL) return 0;
    request->header_list = longer;
  }
  return curl_easy_setopt(request->easy, CURLOPT_HTTPHEADER, request->header_list) == CURLE_OK;
}

static int set_body(varve_curl_request *request, const varve_curl_options *options) {
  CURL *easy = request->easy;
  curl_off_t total = 0;
  request->part_count = options->body_count;
  request->parts = calloc(options->body_count + 1, sizeof *request->parts);
  if (request->parts == NULL) return 0;
  for (size_t i = 0; i < options->body_count; i++) {
    request->parts[i] = options->body[i];
    total += (curl_off_t)options->body[i].iov_len;
  }
  if (strcmp(options->method, "HEAD") == 0) {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (strcmp(options->method, "PUT") == 0 || strcmp(options->method, "POST") == 0) {
    // UPLOAD with another method sends a Content-Length even when it is 0.
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, total);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, options->method);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, send_body);
    curl_easy_setopt(easy, CURLOPT_READDATA, request);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, rewind_body);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, request);
    if (total >= 1 << 20) curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 512 * 1024L);
  } else {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (strcmp(options->method, "GET") != 0)
      curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, options->method);
  }
  return 1;
}

static int set_options(varve_curl_request *request, const varve_curl_options *options) {
  CURL *easy = request->easy;
  curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->error);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  // The path is signed as it stands; "..", if a key had it, must not be folded away.
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256 * 1024L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_timeout_milliseconds);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->total_timeout_milliseconds);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)options->low_speed_bytes);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)options->low_speed_seconds);
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)options->idle_connection_seconds);
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, options->fresh_connection ? 1L : 0L);
  if (options->ca_file) curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
  return curl_easy_setopt(easy, CURLOPT_URL, options->url) == CURLE_OK;
}

varve_curl_request *varve_curl_start(varve_curl *curl, const varve_curl_options *options,
                                     uint64_t token) {
  varve_curl_request *request = calloc(1, sizeof *request);
  if (request == NULL) return NULL;
  request->token = token;
  request->body_limit = options->response_limit;
  request->easy = curl_easy_init();
  if (request->easy == NULL || !set_options(request, options) || !set_body(request, options) ||
      !set_headers(request, options) ||
      curl_multi_add_handle(curl->multi, request->easy) != CURLM_OK) {
    varve_curl_free(curl, request);
    return NULL;
  }
  request->is_in_set = 1;
  return request;
}

int varve_curl_perform(varve_curl *curl) {
  int running = 0;
  return curl_multi_perform(curl->multi, &running) == CURLM_OK ? 0 : -1;
}

int varve_curl_wait(varve_curl *curl, int timeout) {
  return curl_multi_poll(curl->multi, NULL, 0, timeout, NULL) == CURLM_OK ? 0 : -1;
}

void varve_curl_wakeup(varve_curl *curl) { curl_multi_wakeup(curl->multi); }

varve_curl_request *varve_curl_next(varve_curl *curl) {
  int queued = 0;
  CURLMsg *message;
  while ((message = curl_multi_info_read(curl->multi, &queued)) != NULL) {
    if (message->msg != CURLMSG_DONE) continue;
    varve_curl_request *request = NULL;
    CURLcode code = message->data.result;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &request);
    request->code = code;
    curl_multi_remove_handle(curl->multi, request->easy);
    request->is_in_set = 0;
    return request;
  }
  return NULL;
}

uint64_t varve_curl_token(const varve_curl_request *request) { return request->token; }

varve_curl_end varve_curl_how_ended(const varve_curl_request *request) {
  if (request->code == CURLE_OK) return VARVE_CURL_OK;
  if (request->is_too_large) return VARVE_CURL_TOO_LARGE;
  switch (request->code) {
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_URL_MALFORMAT:
  case CURLE_UNSUPPORTED_PROTOCOL:
  case CURLE_BAD_FUNCTION_ARGUMENT:
    return VARVE_CURL_REFUSED;
  default:
    break;
  }
  long sent = 0;
  curl_easy_getinfo(request->easy, CURLINFO_REQUEST_SIZE, &sent);
  if (sent == 0) return VARVE_CURL_NOT_SENT;
  return request->code == CURLE_OPERATION_TIMEDOUT ? VARVE_CURL_TIMED_OUT : VARVE_CURL_BROKEN;
}

const char *varve_curl_error(const varve_curl_request *request) {
  return request->error[0] ? request->error : curl_easy_strerror(request->code);
}

int varve_curl_status(const varve_curl_request *request) {
  long status = 0;
  curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
  return (int)status;
}

const char *varve_curl_headers(const varve_curl_request *request, size_t *count) {
  *count = request->header_size;
  return request->headers;
}

void *varve_curl_take_body(varve_curl_request *request, size_t *count) {
  void *body = request->body;
  *count = request->body_size;
  request->body = NULL;
  request->body_size = request->body_capacity = 0;
  return body;
}

void varve_curl_free(varve_curl *curl, varve_curl_request *request) {
  if (request->easy != NULL) {
    if (request->is_in_set) curl_multi_remove_handle(curl->multi, request->easy);
    curl_easy_cleanup(request->easy);
  }
  curl_slist_free_all(request->header_list);
  free(request->parts);
  free(request->body);
  free(request->headers);
  free(request);
}
