// SPDX-License-Identifier: Apache-2.0
// A token while it is open: module, login and what was found in it. Its sessions are in token_session.h; when to retry
// is decided in token_state.h.
#pragma once

#include "hsm/login.h"
#include "hsm/pkcs11_token.h"
#include "hsm/token_key.h"
#include "hsm/token_keys.h"
#include "hsm/token_objects.h"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>

namespace hsm {

// All functions throw Error unless they say noexcept; after an Error of kind device only destruction makes sense. All
// but construction and destruction may be called from several threads.
class OpenToken {
 public:
  OpenToken(const TokenConfig& config, const HeapSecret& pin, Module::Leftover leftover,
            std::shared_ptr<TokenCounters> counters);
  OpenToken(const OpenToken&) = delete;  // owns the module's initialisation
  OpenToken& operator=(const OpenToken&) = delete;
  ~OpenToken();

  struct Contents {
    std::map<KeyId, CK_OBJECT_HANDLE> keks;
    DerivedKeys derived;
    TokenObjects objects;
  };
  [[nodiscard]] std::shared_ptr<const Contents> contents() const;
  // Looks again, in that session, unless somebody has just done so.
  void scan_again(CK_SESSION_HANDLE session);

  [[nodiscard]] bool is_healthy() const noexcept;  // the token itself is there, not just what is in memory
  [[nodiscard]] Session open_session() const { return login_.open_session(false); }

  [[nodiscard]] const TokenConfig& config() const noexcept { return config_; }
  [[nodiscard]] const CK_FUNCTION_LIST& functions() const noexcept { return functions_; }
  [[nodiscard]] const CK_TOKEN_INFO& info() const noexcept { return info_; }
  [[nodiscard]] const std::shared_ptr<TokenCounters>& counters() const noexcept { return counters_; }

 private:
  using Clock = std::chrono::steady_clock;
  void scan(CK_SESSION_HANDLE session);
  void require_mechanism(CK_MECHANISM_TYPE type, std::string_view name) const;
  void require_sessions() const;

  const TokenConfig& config_;
  std::shared_ptr<TokenCounters> counters_;
  Module module_;
  Login login_;
  const CK_FUNCTION_LIST& functions_;
  CK_TOKEN_INFO info_;
  mutable std::mutex mutex_;  // of contents_
  std::shared_ptr<const Contents> contents_;
  std::mutex scanning_;
  Clock::time_point scanned_;
};

}  // namespace hsm
