// SPDX-License-Identifier: Apache-2.0
// Takes subscriber keys into the database's form: K wrapped under the KEK inside the import token, OPc sealed.
#pragma once

#include "hsm/admin/key_admin.h"
#include "hsm/pkcs11_token.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hsm {

struct ImportConfig {
  TokenAccess token;
  KekSpec kek;
  std::string data_key_label = "quintet-opc";
  std::uint16_t data_key_id = 1;
};

// Holds the KEK for wrapping and the data key for sealing. One thread. All functions throw Error; of kind key when one
// delivered key cannot be used, so that the rest of a file can go on.
class ImportSession {
 public:
  ImportSession(std::shared_ptr<const Module> module, ImportConfig config);
  ~ImportSession();

  // A subscriber key inside the token, while it is being imported; gone with its last owner, which must not outlive
  // the session.
  class Passing;
  using Passage = std::shared_ptr<const Passing>;

  // K was in host memory. 16 octets.
  Passage from_plain(const HeapSecret& k);
  // K never is: unwrapped with the transport key of that label. Mechanisms: aes-key-wrap (RFC 3394),
  // aes-key-wrap-kwp, aes-key-wrap-pad, aes-cbc-pad, rsa-oaep-sha1, rsa-oaep-sha256.
  Passage from_transport(const std::string& label, std::string_view mechanism, Bytes encrypted);

  std::vector<std::uint8_t> wrap(const Passage& key);  // as KeyReference::wrapped
  Fingerprint fingerprint(const Passage& key);         // taken inside the token
  HeapSecret opc_from_op(const Passage& key, const HeapSecret& op);
  // As KeyReference::sealed; key_place is the wrapped key, or the text of the URI.
  std::vector<std::uint8_t> seal_opc(std::string_view owner, Bytes key_place, const HeapSecret& opc);

  // Any other value, as hsm/sealed.h has it; what it is bound to is the caller's to say.
  std::vector<std::uint8_t> seal(Bytes binding, const HeapSecret& value);

  // A random key wrapped under the KEK, and what it encrypts zeros to.
  KekCheck make_check();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace hsm
