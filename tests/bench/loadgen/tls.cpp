// SPDX-License-Identifier: Apache-2.0
// TLS with OpenSSL on a socket that does not block.
#include "tls.h"

#include <openssl/err.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "../lib/options.h"

namespace bench {
namespace {

int length_of(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

}  // namespace

TlsContext::TlsContext(const std::string& certificate, const std::string& key, const std::string& ca)
    : context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX* context = context_.get();
  if (context == nullptr || SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_load_verify_locations(context, ca.c_str(), nullptr) != 1) {
    throw UsageError("the files of --tls-certificate, --tls-key and --tls-ca do not go together");
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

TlsSession::TlsSession(const TlsContext& context, int fd) : session_(SSL_new(context.get())) {
  SSL_set_fd(session_.get(), fd);
  SSL_set_connect_state(session_.get());
}

ssize_t TlsSession::result(int got) {
  if (got > 0) return got;
  const int why = SSL_get_error(session_.get(), got);
  ERR_clear_error();
  errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EPROTO;
  return why == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

ssize_t TlsSession::receive(void* data, std::size_t size) {
  return result(SSL_read(session_.get(), data, length_of(size)));
}

ssize_t TlsSession::send(const void* data, std::size_t size) {
  return result(SSL_write(session_.get(), data, length_of(size)));
}

}  // namespace bench
