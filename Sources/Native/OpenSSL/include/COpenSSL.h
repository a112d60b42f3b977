/// OpenSSL's digests with plain C types.
#ifndef VARVE_COPENSSL_H
#define VARVE_COPENSSL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

/// SHA-256 of `count` parts, one after the other. 1 on success, 0 on failure, as OpenSSL answers.
int varve_sha256(const struct iovec *parts, size_t count, uint8_t digest[32]);
/// MD5 of `count` parts: for Content-MD5 only, which some object stores ask for.
int varve_md5(const struct iovec *parts, size_t count, uint8_t digest[16]);
/// HMAC-SHA-256 of one message.
int varve_hmac_sha256(const void *key, size_t key_size, const void *message, size_t message_size,
                      uint8_t digest[32]);

#ifdef __cplusplus
}
#endif
#endif
