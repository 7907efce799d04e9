// SPDX-License-Identifier: Apache-2.0
// A subscriber key inside the token, and the session that unwrapped keys live in.
#pragma once

#include "hsm/fingerprint.h"
#include "hsm/login.h"
#include "hsm/token.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace hsm {

struct TokenCounters {
  std::atomic<std::uint64_t> hits{0}, unwraps{0}, destroyed{0}, opened{0}, refreshed{0}, failures{0}, cached{0};
};

// Closing the session that created an object destroys it, so each thread's keys are unwrapped in one session of their
// own; every session may use them. Keys hold on to it and outlive it: after abandon() they know that their handles may
// be somebody else's by now.
class KeySession {
 public:
  KeySession(Session session, const CK_FUNCTION_LIST& functions, std::shared_ptr<TokenCounters> counters)
      : session_(std::move(session)), functions_(functions), counters_(std::move(counters)) {}

  [[nodiscard]] CK_SESSION_HANDLE get() const noexcept { return session_.get(); }
  [[nodiscard]] bool is_usable() const noexcept { return is_alive() && session_.is_usable(); }
  [[nodiscard]] bool is_alive() const noexcept { return alive_.load(); }

  // From any thread: the object is to be destroyed. A session is for one thread, so its own one does it.
  void bury(CK_OBJECT_HANDLE handle) noexcept;
  void destroy_buried() noexcept;
  void abandon() noexcept;  // the session is gone, or the module is about to be finalised

 private:
  Session session_;
  const CK_FUNCTION_LIST& functions_;
  std::shared_ptr<TokenCounters> counters_;
  std::atomic<bool> alive_{true};
  std::mutex mutex_;
  std::vector<CK_OBJECT_HANDLE> buried_;
  std::atomic<bool> has_buried_{false};
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
    if (life_ == Life::session) session_->bury(handle_);
  }

  [[nodiscard]] CK_OBJECT_HANDLE handle() const noexcept { return handle_; }
  [[nodiscard]] const std::string& owner() const noexcept { return owner_; }
  [[nodiscard]] bool is_alive() const noexcept { return session_->is_alive(); }
  [[nodiscard]] const CheckBlock& check() const noexcept { return check_; }
  void set_check(const CheckBlock& check) noexcept { check_ = check; }

 private:
  std::shared_ptr<KeySession> session_;
  CK_OBJECT_HANDLE handle_;
  Life life_;
  std::string owner_;
  CheckBlock check_{};
};

}  // namespace hsm
