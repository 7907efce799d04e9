// SPDX-License-Identifier: Apache-2.0
// Opening a token, and finding the keys it must hold.
#include "hsm/open_token.h"

#include "hsm/cryptoki_error.h"
#include "hsm/wrap_mechanism.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

namespace hsm {
namespace {

constexpr std::chrono::seconds between_scans{10};  // a search is linear in the number of objects

}  // namespace

OpenToken::OpenToken(const TokenConfig& config, const HeapSecret& pin, Module::Leftover leftover,
                     std::shared_ptr<TokenCounters> counters)
    : config_(config),
      counters_(std::move(counters)),
      module_(config.module, leftover),
      login_(module_, config.label, config.serial, pin, config.use_final_try ? FinalTry::use : FinalTry::spare),
      functions_(module_.functions()),
      info_(login_.token_info()) {
  require_mechanism(CKM_AES_ECB, "CKM_AES_ECB");
  require_sessions();
  scan(login_.session());
  if (!contents_->keks.empty()) require_mechanism(wrap_mechanism(config_.wrap_mechanism).type, config_.wrap_mechanism);
  if (contents_->derived.data.empty()) {
    throw Error(Kind::config, "C_FindObjects", 0,
                fmt::format("no key \"{}\" in token \"{}\"", config_.data_key_label, config_.label));
  }
  if (contents_->derived.fingerprint.empty()) refuse_without_fingerprint_key(config_.data_key_label, config_.label);
}

// Sessions are left to C_Finalize: closing one can mean a look at every object there ever was, and there are several.
OpenToken::~OpenToken() { login_.forget_session(); }

void OpenToken::require_mechanism(CK_MECHANISM_TYPE type, std::string_view name) const {
  CK_MECHANISM_INFO info{};
  check(functions_.C_GetMechanismInfo(login_.slot(), type, &info), "C_GetMechanismInfo", name);
}

// What other applications have open of it shows only when a session is refused.
void OpenToken::require_sessions() const {
  const CK_ULONG most = info_.ulMaxSessionCount;
  const CK_ULONG needed = 2 * config_.sessions + 2;  // two each, the login's and one of libp11
  if (most == CK_UNAVAILABLE_INFORMATION || most == CK_EFFECTIVELY_INFINITE || most >= needed) return;
  throw Error(Kind::config, "C_GetTokenInfo", 0,
              fmt::format("token \"{}\" allows {} sessions; {} to work with need {}", config_.label, most,
                          config_.sessions, needed));
}

void OpenToken::scan(CK_SESSION_HANDLE session) {
  auto found = std::make_shared<Contents>();
  found->keks = find_keks(functions_, session, config_.kek_label);
  found->derived = derive_keys(functions_, session, config_.data_key_label);
  found->objects.scan(functions_, session);
  scanned_ = Clock::now();
  const std::lock_guard lock(mutex_);
  contents_ = std::move(found);
}

void OpenToken::scan_again(CK_SESSION_HANDLE session) {
  const std::lock_guard one_at_a_time(scanning_);
  if (Clock::now() - scanned_ >= between_scans) scan(session);
}

std::shared_ptr<const OpenToken::Contents> OpenToken::contents() const {
  const std::lock_guard lock(mutex_);
  return contents_;
}

bool OpenToken::is_healthy() const noexcept {
  CK_TOKEN_INFO now{};
  return functions_.C_GetTokenInfo(login_.slot(), &now) == CKR_OK && (now.flags & CKF_TOKEN_INITIALIZED) != 0;
}

}  // namespace hsm
