// SPDX-License-Identifier: Apache-2.0
// What an operator creates in a token once: KEKs, data keys and transport keys. No server uses this.
#pragma once

#include "hsm/admin/token_access.h"
#include "hsm/secret.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hsm {

class AdminSession;

// The data key that the fingerprint key is derived beside, whatever data keys come later: a fingerprint is for ever.
inline constexpr std::uint16_t fingerprint_data_key_id = 1;

struct KekSpec {
  std::string label = "quintet-kek";
  std::uint16_t id = 1;
  std::string wrap_mechanism = "aes-key-wrap";
};

enum class KekRole : bool {
  server,  // may only unwrap, and only into keys that stay in the token
  import,  // may only wrap
};

// A token an operator is logged in to. All functions throw Error; what they create is a token object, and its
// attributes are read back: a token that does not keep them is refused with a sentence and the object removed.
class AdminToken {
 public:
  AdminToken(std::shared_ptr<const Module> module, const TokenAccess& access);
  AdminToken(AdminToken&&) noexcept;
  ~AdminToken();

  // Token octets XOR getrandom(2).
  [[nodiscard]] HeapSecret random(std::size_t size) const;

  // An AES key of that label with that id.
  [[nodiscard]] bool has_key(const std::string& label, std::uint16_t id) const;

  // 32 octets each. The server's KEK is then attacked (unwrap as readable, copy, change), and must withstand.
  void create_kek(const KekSpec& spec, KekRole role, const HeapSecret& value);
  // AES-256 that only encrypts: what data keys are derived from.
  void create_data_key(const std::string& label, std::uint16_t id, const HeapSecret& value);

  // Keys under which vendors deliver K: AES (16, 24 or 32 octets), for RFC 3394; or an RSA pair made in the token, of
  // which the public key is returned as PEM.
  void create_transport_key(const std::string& label, const HeapSecret& value);
  std::string create_transport_pair(const std::string& label, unsigned bits);
  // Labels of all of them, by kind.
  struct TransportKeys {
    std::vector<std::string> aes, rsa;
  };
  [[nodiscard]] TransportKeys transport_keys() const;

 private:
  std::unique_ptr<AdminSession> session_;
};

}  // namespace hsm
