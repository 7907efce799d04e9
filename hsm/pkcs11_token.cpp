// Pkcs11Token: its sessions over one state.
#include "hsm/pkcs11_token.h"

#include "hsm/session_token.h"

namespace hsm {

Pkcs11Token::Pkcs11Token(TokenConfig config) {
  const std::size_t count = config.sessions;
  state_ = std::make_unique<TokenState>(std::move(config));
  for (std::size_t i = 0; i < count; ++i) {
    sessions_.push_back(std::make_unique<SessionToken>(*state_, state_->lane(i)));
  }
}

Pkcs11Token::~Pkcs11Token() { state_->close(); }

void Pkcs11Token::open() { sessions_.front()->open(); }
void Pkcs11Token::expect(std::vector<KekCheck> checks) { state_->expect(std::move(checks)); }
void Pkcs11Token::close() noexcept { state_->close(); }
bool Pkcs11Token::is_open() const noexcept { return state_->is_open(); }
Token& Pkcs11Token::session(std::size_t number) { return *sessions_.at(number); }
bool Pkcs11Token::is_broken(std::size_t number) const noexcept { return sessions_[number]->is_broken(); }
void Pkcs11Token::maintain(std::size_t number) { sessions_.at(number)->maintain(); }

Key Pkcs11Token::load(const KeyReference& reference) { return sessions_.front()->load(reference); }
Fingerprint Pkcs11Token::fingerprint(const KeyReference& reference) {
  return sessions_.front()->fingerprint(reference);
}
HeapSecret Pkcs11Token::unseal(std::uint16_t data_key_id, Bytes binding, Bytes sealed) {
  return sessions_.front()->unseal(data_key_id, binding, sealed);
}
void Pkcs11Token::begin(const Key& key) { sessions_.front()->begin(key); }
void Pkcs11Token::update(Bytes in, MutableBytes out) { sessions_.front()->update(in, out); }
void Pkcs11Token::end() noexcept { sessions_.front()->end(); }
void Pkcs11Token::random(MutableBytes out) { sessions_.front()->random(out); }

TokenStatistics Pkcs11Token::statistics() const noexcept {
  const TokenCounters& counters = state_->counters();
  return {counters.hits,      counters.unwraps,  counters.destroyed, counters.opened,
          counters.refreshed, counters.failures, counters.cached};
}

}  // namespace hsm
