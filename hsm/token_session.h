// SPDX-License-Identifier: Apache-2.0
// The two sessions of one thread on an open token: one in which its keys are unwrapped and live, and one to encrypt in,
// which can be replaced without losing them.
#pragma once

#include "hsm/fingerprint.h"
#include "hsm/open_token.h"

#include <memory>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace hsm {

// One thread at a time. All functions throw Error unless they say noexcept. With more than one session all calls are of
// a single part, since clusters of tokens balance no others; with one, an encryption is one operation of several parts,
// which SoftHSM does in half the time.
class TokenSession {
 public:
  explicit TokenSession(OpenToken& token);
  TokenSession(const TokenSession&) = delete;  // keys know their session
  TokenSession& operator=(const TokenSession&) = delete;
  ~TokenSession() = default;

  void abandon() noexcept;  // before the module is finalised; then only destruction makes sense
  // Gives up the session to encrypt in, and that of the keys if it is dead; mend() opens what is missing.
  void discard() noexcept;
  void mend();
  [[nodiscard]] bool is_logged_in() const noexcept { return keys_->is_usable() && operation_.is_usable(); }

  // The KEK of that id opens the probe and the probe encrypts as recorded; otherwise Error{config}.
  void prove(const KekCheck& check);

  std::shared_ptr<const TokenKey> load(const KeyReference& reference);
  // Of the key as it is, whatever the reference says.
  Fingerprint fingerprint(const KeyReference& reference);
  HeapSecret unseal(KeyId data_key_id, Bytes binding, Bytes sealed);
  void destroy_buried() noexcept { keys_->destroy_buried(); }

  void begin(const TokenKey& key);  // Error{stale} for one that died; the key must live until end()
  void update(Bytes in, MutableBytes out);
  [[nodiscard]] bool end() noexcept;  // false: the session cannot be used any more
  void random(MutableBytes out);

 private:
  using Way = std::pair<CK_OBJECT_HANDLE, CK_MECHANISM_TYPE>;  // to unwrap: the KEK and how

  template <typename Look>
  auto look_up(const Look& look);
  std::shared_ptr<const HeapSecret> data_key(KeyId id);
  HeapSecret companion_of(const KeyReference& reference);
  CK_OBJECT_HANDLE kek_of(const KeyReference& reference);
  CK_OBJECT_HANDLE object_of(const KeyReference& reference);
  std::shared_ptr<TokenKey> take(const KeyReference& reference);
  std::shared_ptr<TokenKey> unwrap(const KeyReference& reference, HeapSecret companion);
  void require_protected(const TokenKey& key) const;
  Marks marks_of(const TokenKey& key);
  void init(const TokenKey& key);
  void clear_operation() noexcept;
  void renew_operation() noexcept;
  void encrypt_buffer();

  OpenToken& token_;
  const CK_FUNCTION_LIST& functions_;
  const bool is_single_part_;
  Template unwrap_template_;
  std::shared_ptr<KeySession> keys_;
  Session operation_;
  std::set<Way> obeyed_;                         // in which a key came as it was asked for
  const TokenKey* key_ = nullptr;                // between begin and end
  CK_OBJECT_HANDLE active_ = CK_INVALID_HANDLE;  // whose operation is active in operation_
  std::vector<std::uint8_t> buffer_;
  HeapSecret random_;            // token octets not handed out yet
  std::size_t random_left_ = 0;  // of random_, at its end
};

}  // namespace hsm
