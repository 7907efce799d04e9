// SPDX-License-Identifier: Apache-2.0
// What can go wrong with a token, sorted by what the caller can do about it.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hsm {

enum class Kind : std::uint8_t {
  config,   // module, slot, label, attribute or mechanism is not what the configuration says: no retry helps
  pin,      // PIN refused or locked: no retry before the PIN source changes (a real token would lock)
  key,      // this one key cannot be used (blob corrupt, other KEK, bytes swapped): fail that subscriber only
  stale,    // a handle died: load the key once more
  session,  // the session is unusable: replace it and try once more
  device,   // the token is gone or sick: close, re-open with back-off
};

std::string_view name(Kind kind) noexcept;

// Could not answer. what() reads "C_UnwrapKey of credential 4711: CKR_WRAPPED_KEY_INVALID (0x110)"; never holds a
// secret.
class Error : public std::runtime_error {
 public:
  Error(Kind kind, std::string call, unsigned long rv, const std::string& message)
      : std::runtime_error(message), kind_(kind), call_(std::move(call)), rv_(rv) {}
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] const std::string& call() const noexcept { return call_; }  // e.g. "C_EncryptInit"
  [[nodiscard]] unsigned long rv() const noexcept { return rv_; }           // CK_RV; 0 where no Cryptoki call failed

 private:
  Kind kind_;
  std::string call_;
  unsigned long rv_;
};

}  // namespace hsm
