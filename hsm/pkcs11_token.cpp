// The calls of Pkcs11Token: keys from the cache or the token, encryption, random octets.
#include "hsm/pkcs11_token.h"

#include "hsm/token_state.h"

namespace hsm {

Key Pkcs11Token::State::load(const KeyReference& reference) {
  for (bool is_second = false;; is_second = true) {
    opened();
    if (Key known = cache_.find(reference)) {
      counters_->hits.fetch_add(1, std::memory_order_relaxed);
      return known;
    }
    end_loss();
    try {
      return keep(reference, opened().load(reference));
    } catch (const Error& error) {
      if (recover(error) == Remedy::none || is_second) throw;
    }
  }
}

Key Pkcs11Token::State::keep(const KeyReference& reference, Key key) {
  cache_.keep(reference, key);
  counters_->cached = cache_.size();
  return key;
}

void Pkcs11Token::State::drop(const std::string& owner) {
  cache_.drop(owner);
  counters_->cached = cache_.size();
}

// In host memory alone, so it works while the token is lost but open.
HeapSecret Pkcs11Token::State::unseal(KeyId data_key_id, Bytes binding, Bytes sealed) {
  return opened().unseal(data_key_id, binding, sealed);
}

void Pkcs11Token::State::begin(const Key& key) {
  const auto& token_key = static_cast<const TokenKey&>(*key);  // the only kind this token hands out
  try {
    opened().begin(token_key);
    encrypting_ = token_key.owner();
    has_begun_ = true;
  } catch (const Error& error) {
    if (error.kind() == Kind::stale) drop(token_key.owner());
    recover(error);
    throw;
  }
}

void Pkcs11Token::State::update(Bytes in, MutableBytes out) {
  if (!has_begun_) throw Error(Kind::stale, "", 0, "encryption goes on after the token was closed");
  try {
    token_->update(in, out);
  } catch (const Error& error) {
    has_begun_ = false;
    if (error.kind() == Kind::stale) drop(encrypting_);
    recover(error);
    if (token_ != nullptr && error.kind() != Kind::session) renew_session();  // the operation is still active in it
    throw;
  }
}

void Pkcs11Token::State::end() noexcept {
  if (!has_begun_) return;
  has_begun_ = false;
  if (token_->end()) return;
  counters_->failures.fetch_add(1, std::memory_order_relaxed);
  try {
    renew_session();
  } catch (const Error&) {  // logged where it was closed; the next call tells the caller
  }
}

// Once more after a failure that could be mended.
template <typename Call>
auto Pkcs11Token::State::twice(Call call) {
  for (bool is_second = false;; is_second = true) {
    try {
      return call();
    } catch (const Error& error) {
      if (recover(error) == Remedy::none || is_second) throw;
    }
  }
}

Fingerprint Pkcs11Token::State::fingerprint(const KeyReference& reference) {
  opened();
  end_loss();
  return twice([&] { return opened().fingerprint(reference); });
}

void Pkcs11Token::State::random(MutableBytes out) {
  twice([&] { opened().random(out); });
}

TokenStatistics Pkcs11Token::State::statistics() const noexcept {
  return {counters_->hits,      counters_->unwraps,  counters_->destroyed, counters_->opened,
          counters_->refreshed, counters_->failures, counters_->cached};
}

Pkcs11Token::Pkcs11Token(TokenConfig config) : state_(std::make_unique<State>(std::move(config))) {}
Pkcs11Token::~Pkcs11Token() { state_->close(); }
void Pkcs11Token::open() { state_->opened(); }
void Pkcs11Token::expect(std::vector<KekCheck> checks) { state_->expect(std::move(checks)); }
void Pkcs11Token::close() noexcept { state_->close(); }
bool Pkcs11Token::is_open() const noexcept { return state_->is_open(); }
void Pkcs11Token::maintain() { state_->maintain(); }
Key Pkcs11Token::load(const KeyReference& reference) { return state_->load(reference); }
Fingerprint Pkcs11Token::fingerprint(const KeyReference& reference) { return state_->fingerprint(reference); }
HeapSecret Pkcs11Token::unseal(std::uint16_t data_key_id, Bytes binding, Bytes sealed) {
  return state_->unseal(data_key_id, binding, sealed);
}
void Pkcs11Token::begin(const Key& key) { state_->begin(key); }
void Pkcs11Token::update(Bytes in, MutableBytes out) { state_->update(in, out); }
void Pkcs11Token::end() noexcept { state_->end(); }
void Pkcs11Token::random(MutableBytes out) { state_->random(out); }
TokenStatistics Pkcs11Token::statistics() const noexcept { return state_->statistics(); }

}  // namespace hsm
