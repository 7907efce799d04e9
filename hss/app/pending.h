// A request on its way through the server, with the one answer it is owed.
#pragma once

#include "hss/multimedia_auth.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace hss::app {

// Where the answer goes; implemented by the protocol side. Called at most once, from any thread; should not block.
class AuthReply {
 public:
  virtual ~AuthReply() = default;
  virtual void send(MultimediaAuthAnswer answer) noexcept = 0;
};

// The first answer wins (the watchdog may answer for a stalled token); one that was never answered says so itself.
class PendingAuth {
 public:
  PendingAuth(MultimediaAuthRequest request, std::unique_ptr<AuthReply> reply)
      : request_(std::move(request)), reply_(std::move(reply)), arrived_(std::chrono::steady_clock::now()) {}
  PendingAuth(const PendingAuth&) = delete;  // an answer is owed once
  PendingAuth& operator=(const PendingAuth&) = delete;
  ~PendingAuth() { answer(Outcome::unable_to_comply); }

  void answer(MultimediaAuthAnswer answer) noexcept {
    if (!answered_.exchange(true)) {
      reply_->send(std::move(answer));
    }
  }
  void answer(Outcome outcome) noexcept {
    if (!answered_.load()) {
      MultimediaAuthAnswer failure;
      failure.outcome = outcome;
      answer(std::move(failure));
    }
  }

  [[nodiscard]] const MultimediaAuthRequest& request() const noexcept { return request_; }
  [[nodiscard]] bool is_answered() const noexcept { return answered_.load(); }
  [[nodiscard]] std::chrono::steady_clock::duration age() const { return std::chrono::steady_clock::now() - arrived_; }

  // Set by the thread that owns the request at the moment: what the token said of its AUTS.
  std::optional<CheckedAuts> checked;

 private:
  MultimediaAuthRequest request_;
  std::unique_ptr<AuthReply> reply_;
  std::chrono::steady_clock::time_point arrived_;
  std::atomic<bool> answered_{false};
};
using Pending = std::shared_ptr<PendingAuth>;

}  // namespace hss::app
