// A token while it is open: module, login, sessions and keys. Knows how to do things; when to retry is decided above.
#pragma once

#include "hsm/fingerprint.h"
#include "hsm/login.h"
#include "hsm/pkcs11_token.h"
#include "hsm/token_key.h"
#include "hsm/token_keys.h"
#include "hsm/token_objects.h"

#include <chrono>
#include <map>
#include <memory>

namespace hsm {

// All functions throw Error unless they say noexcept; after an Error of kind device only destruction makes sense.
class OpenToken {
 public:
  OpenToken(const TokenConfig& config, const HeapSecret& pin, Module::Leftover leftover,
            std::shared_ptr<TokenCounters> counters);
  OpenToken(const OpenToken&) = delete;  // owns the module's initialisation
  OpenToken& operator=(const OpenToken&) = delete;
  ~OpenToken();

  // The KEK of that id opens the probe and the probe encrypts as recorded; otherwise Error{config}.
  void prove(const KekCheck& check);

  std::shared_ptr<const TokenKey> load(const KeyReference& reference);
  // Of the key as it is, whatever the reference says.
  Fingerprint fingerprint(const KeyReference& reference);
  HeapSecret unseal(KeyId data_key_id, Bytes binding, Bytes sealed);

  void begin(const TokenKey& key);  // Error{stale} for a key of an earlier opening
  void update(Bytes in, MutableBytes out);
  [[nodiscard]] bool end() noexcept;  // false: the session cannot be used any more

  // A fresh session for begin; false when the login is gone with the old one.
  [[nodiscard]] bool replace_operation_session() noexcept;
  [[nodiscard]] bool is_logged_in() const noexcept { return keys_->is_usable() && operation_.is_usable(); }
  [[nodiscard]] bool is_healthy() const noexcept;  // the token itself is there, not just what is in memory

  void random(MutableBytes out);

  [[nodiscard]] std::uint64_t destroyed() const noexcept { return keys_->destroyed(); }
  [[nodiscard]] const CK_TOKEN_INFO& info() const noexcept { return info_; }
  [[nodiscard]] std::size_t kek_count() const noexcept { return keks_.size(); }

 private:
  using Clock = std::chrono::steady_clock;
  void scan();
  bool scan_again();
  const HeapSecret& data_key(KeyId id);
  HeapSecret companion_of(const KeyReference& reference);
  CK_OBJECT_HANDLE kek_of(const KeyReference& reference);
  CK_OBJECT_HANDLE object_of(const KeyReference& reference);
  std::shared_ptr<const TokenKey> take(const KeyReference& reference);
  Fingerprint fingerprint(const TokenKey& key);
  std::shared_ptr<const TokenKey> unwrap(const KeyReference& reference, HeapSecret companion);
  void insist_on_protection(const TokenKey& key) const;
  void require_mechanism(CK_MECHANISM_TYPE type, std::string_view name) const;

  const TokenConfig& config_;
  std::shared_ptr<TokenCounters> counters_;
  Module module_;
  Login login_;
  const CK_FUNCTION_LIST& functions_;
  CK_TOKEN_INFO info_;
  std::shared_ptr<KeySession> keys_;
  Session operation_;
  Template unwrap_template_;
  std::map<KeyId, CK_OBJECT_HANDLE> keks_;
  DerivedKeys derived_;
  TokenObjects objects_;
  Clock::time_point scanned_;
  HeapSecret random_;            // token octets not handed out yet
  std::size_t random_left_ = 0;  // of random_, at its end
};

}  // namespace hsm
