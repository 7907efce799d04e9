// The token as one session has it.
#pragma once

#include "hsm/token_state.h"

namespace hsm {

class SessionToken final : public Token {
 public:
  SessionToken(TokenState& state, Lane& lane) : state_(state), lane_(lane) {}

  void open() {
    state_.within(lane_, [](TokenSession& /*session*/) {});
  }
  void maintain() { state_.maintain(lane_); }
  [[nodiscard]] bool is_broken() const noexcept { return lane_.is_broken.load(); }

  Key load(const KeyReference& reference) override;
  Fingerprint fingerprint(const KeyReference& reference);
  HeapSecret unseal(std::uint16_t data_key_id, Bytes binding, Bytes sealed) override;
  void begin(const Key& key) override;
  void update(Bytes in, MutableBytes out) override;
  void end() noexcept override;
  void random(MutableBytes out) override;

 private:
  TokenState& state_;
  Lane& lane_;
  std::string encrypting_;  // owner of the key between begin and end
};

}  // namespace hsm
