// A subscriber key inside the token, and the session that all unwrapped keys live in.
#pragma once

#include "hsm/login.h"
#include "hsm/token.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace hsm {

struct TokenCounters {
  std::atomic<std::uint64_t> hits{0}, unwraps{0}, destroyed{0}, opened{0}, refreshed{0}, failures{0}, cached{0};
};

// Closing the session that created an object destroys it, so all keys are unwrapped in this one. Keys hold on to it
// and outlive the opening of the token: after abandon() they know that their handles may be somebody else's by now.
class KeySession {
 public:
  KeySession(Session session, const CK_FUNCTION_LIST& functions, std::shared_ptr<TokenCounters> counters)
      : session_(std::move(session)), functions_(functions), counters_(std::move(counters)) {}

  [[nodiscard]] CK_SESSION_HANDLE get() const noexcept { return session_.get(); }
  [[nodiscard]] bool is_usable() const noexcept { return alive_ && session_.is_usable(); }
  [[nodiscard]] bool is_alive() const noexcept { return alive_; }
  [[nodiscard]] std::uint64_t destroyed() const noexcept { return destroyed_; }

  void destroy(CK_OBJECT_HANDLE handle) noexcept;
  void abandon() noexcept;  // right before the module is finalised

 private:
  Session session_;
  const CK_FUNCTION_LIST& functions_;
  std::shared_ptr<TokenCounters> counters_;
  bool alive_ = true;
  std::uint64_t destroyed_ = 0;
};

// A session object, destroyed with its last owner, or a token object, which stays.
class TokenKey final : public LoadedKey {
 public:
  enum class Life : bool { session, token };

  TokenKey(std::shared_ptr<KeySession> session, CK_OBJECT_HANDLE handle, Life life, std::string owner,
           HeapSecret companion)
      : LoadedKey(std::move(companion)),
        session_(std::move(session)),
        handle_(handle),
        life_(life),
        owner_(std::move(owner)) {}
  ~TokenKey() override {
    if (life_ == Life::session) session_->destroy(handle_);
  }

  [[nodiscard]] CK_OBJECT_HANDLE handle() const noexcept { return handle_; }
  [[nodiscard]] const std::string& owner() const noexcept { return owner_; }
  [[nodiscard]] bool lives_in(const KeySession& session) const noexcept {
    return session_.get() == &session && session.is_alive();
  }

 private:
  std::shared_ptr<KeySession> session_;
  CK_OBJECT_HANDLE handle_;
  Life life_;
  std::string owner_;
};

}  // namespace hsm
