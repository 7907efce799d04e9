// SPDX-License-Identifier: Apache-2.0
// The calls of a session: keys from the cache or the token, encryption, random octets. The token: its sessions over one
// state.
#include "hsm/pkcs11_token.h"

#include "hsm/token_state.h"

namespace hsm {

Key SessionToken::load(const KeyReference& reference) {
  for (bool is_second = false;; is_second = true) {
    if (Key known = state_.find(reference)) {
      state_.counters().hits.fetch_add(1, std::memory_order_relaxed);
      return known;
    }
    state_.end_loss(lane_);
    try {
      return state_.within(lane_,
                           [&](TokenSession& session) { return state_.keep(reference, session.load(reference)); });
    } catch (const Error& error) {
      if (state_.recover(lane_, error) == TokenState::Remedy::none || is_second) throw;
    }
  }
}

Fingerprint SessionToken::fingerprint(const KeyReference& reference) {
  state_.end_loss(lane_);
  return state_.twice(lane_, [&](TokenSession& session) { return session.fingerprint(reference); });
}

// In host memory alone, so it works while the token is lost but open.
HeapSecret SessionToken::unseal(KeyId data_key_id, Bytes binding, Bytes sealed) {
  return state_.within(lane_, [&](TokenSession& session) { return session.unseal(data_key_id, binding, sealed); });
}

void SessionToken::begin(const Key& key) {
  const auto& token_key = static_cast<const TokenKey&>(*key);  // the only kind this token hands out
  encrypting_ = token_key.owner();
  try {
    state_.within(lane_, [&](TokenSession& session) { session.begin(token_key); });
  } catch (const Error& error) {
    if (error.kind() == Kind::stale) state_.drop(encrypting_);
    state_.recover(lane_, error);
    throw;
  }
}

void SessionToken::update(Bytes in, MutableBytes out) {
  try {
    state_.within(lane_, [&](TokenSession& session) { session.update(in, out); });
  } catch (const Error& error) {
    if (error.call().empty()) throw;  // nothing had begun
    if (error.kind() == Kind::stale) state_.drop(encrypting_);
    state_.recover(lane_, error);
    // The operation is still active in it.
    if (state_.is_as_it_was(lane_) && error.kind() != Kind::session) state_.renew_session(lane_);
    throw;
  }
}

void SessionToken::end() noexcept {
  if (state_.if_open(lane_, [](TokenSession& session) { return session.end(); })) return;
  state_.counters().failures.fetch_add(1, std::memory_order_relaxed);
  try {
    state_.renew_session(lane_);
  } catch (const Error&) {  // logged where it was closed; the next call tells the caller
  }
}

void SessionToken::random(MutableBytes out) {
  state_.twice(lane_, [&](TokenSession& session) { session.random(out); });
}

void SessionToken::maintain() { state_.maintain(lane_); }
bool SessionToken::is_broken() const noexcept { return lane_.is_broken.load(); }

Pkcs11Token::Pkcs11Token(TokenConfig config) {
  const std::size_t count = config.sessions;
  state_ = std::make_unique<TokenState>(std::move(config));
  for (std::size_t i = 0; i < count; ++i) sessions_.emplace_back(*state_, state_->lane(i));
}

Pkcs11Token::~Pkcs11Token() { state_->close(); }

void Pkcs11Token::open() {
  state_->within(state_->lane(0), [](TokenSession& /*session*/) {});
}
void Pkcs11Token::expect(std::vector<KekCheck> checks) { state_->expect(std::move(checks)); }
void Pkcs11Token::close() noexcept { state_->close(); }
bool Pkcs11Token::is_open() const noexcept { return state_->is_open(); }
SessionToken& Pkcs11Token::session(std::size_t number) { return sessions_.at(number); }

TokenStatistics Pkcs11Token::statistics() const noexcept {
  const TokenCounters& counters = state_->counters();
  return {counters.hits,      counters.unwraps,  counters.destroyed, counters.opened,
          counters.refreshed, counters.failures, counters.cached};
}

}  // namespace hsm
