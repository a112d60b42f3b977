#include "COpenSSL.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static int digest_parts(const EVP_MD *algorithm, const struct iovec *parts, size_t count,
                        uint8_t *digest) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (context == NULL) return 0;
  int ok = algorithm != NULL && EVP_DigestInit_ex(context, algorithm, NULL);
  for (size_t i = 0; ok && i < count; i++) {
    if (parts[i].iov_len > 0) ok = EVP_DigestUpdate(context, parts[i].iov_base, parts[i].iov_len);
  }
  unsigned int size = 0;
  ok = ok && EVP_DigestFinal_ex(context, digest, &size);
  EVP_MD_CTX_free(context);
  return ok;
}

int varve_sha256(const struct iovec *parts, size_t count, uint8_t digest[32]) {
  return digest_parts(EVP_sha256(), parts, count, digest);
}

int varve_md5(const struct iovec *parts, size_t count, uint8_t digest[16]) {
  return digest_parts(EVP_md5(), parts, count, digest);
}

int varve_hmac_sha256(const void *key, size_t key_size, const void *message, size_t message_size,
                      uint8_t digest[32]) {
  if (key_size > INT_MAX) return 0;
  unsigned int size = 0;
  const uint8_t *none = (const uint8_t *)"";
  return HMAC(EVP_sha256(), key_size ? key : none, (int)key_size, message_size ? message : none,
              message_size, digest, &size) != NULL;
}
