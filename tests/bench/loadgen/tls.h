// SPDX-License-Identifier: Apache-2.0
// TLS of a connection that never waits.
#pragma once

#include <openssl/ssl.h>

#include <sys/types.h>
#include <cstddef>
#include <memory>
#include <string>

namespace bench {

// What all connections show and trust: PEM files. UsageError when one cannot be used.
class TlsContext {
 public:
  TlsContext(const std::string& certificate, const std::string& key, const std::string& ca);
  [[nodiscard]] SSL_CTX* get() const { return context_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
};

// recv() and send() of a session: -1 with errno EAGAIN where they would wait. The handshake goes by itself.
class TlsSession {
 public:
  TlsSession(const TlsContext& context, int fd);
  [[nodiscard]] ssize_t receive(void* data, std::size_t size);
  [[nodiscard]] ssize_t send(const void* data, std::size_t size);

 private:
  ssize_t result(int got);
  struct Free {
    void operator()(SSL* session) const { SSL_free(session); }
  };
  std::unique_ptr<SSL, Free> session_;
};

}  // namespace bench
