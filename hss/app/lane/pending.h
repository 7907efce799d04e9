// SPDX-License-Identifier: Apache-2.0
// Requests on their way through the server, each with the one answer it is owed.
#pragma once

#include "hss/app/lane/held_rows.h"
#include "hss/app/lane/overdue.h"
#include "hss/app/lane/wire.h"
#include "hss/app/outage_answers.h"
#include "hss/app/tally.h"
#include "hss/outcome.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace hss::app {

// Where the answer goes; implemented by the protocol side. Called from any thread, one at a time.
template <typename Answer>
class Reply {
 public:
  Reply() = default;
  explicit Reply(Wire wire) : wire_(wire) {}
  virtual ~Reply() = default;
  virtual void send(Answer answer) noexcept = 0;  // at most once, and the last call; should not block
  // Whether an answer can still reach whoever asked.
  [[nodiscard]] virtual bool is_wanted() const noexcept { return true; }
  [[nodiscard]] const Wire& wire() const noexcept { return wire_; }

 private:
  Wire wire_;
};

// What a request carries from one go to the next, where its command has that.
template <typename Command>
struct StateOf {
  struct type {};
};
template <typename Command>
requires requires { typename Command::State; }
struct StateOf<Command> {
  using type = typename Command::State;
};

// A request of a command (hss/app/cx/commands.h tells what that is). The first answer wins (a watchdog may answer for a
// stalled token or database); one that was never answered says so itself.
template <typename Command>
class PendingRequest final : public Owed {
 public:
  using Request = typename Command::Request;
  using Answer = typename Command::Answer;

  // The answer is counted in `tally`, if there is one. An outage is told as `outages` has it.
  PendingRequest(Request request, std::unique_ptr<Reply<Answer>> reply, std::shared_ptr<Tally> tally = nullptr,
                 OutageAnswers outages = {})
      : request_(std::move(request)),
        wire_(reply->wire()),
        reply_(std::move(reply)),
        tally_(std::move(tally)),
        outages_(outages),
        arrived_(std::chrono::steady_clock::now()) {}
  ~PendingRequest() override { answer(Outcome::out_of_service); }

  // False: it does not leave, because of another that came first, or because nobody waits for it any more.
  bool answer(Answer answer) noexcept {
    const auto reply = claim();  // and with it the message that it answers
    if (reply == nullptr) {
      return false;
    }
    const auto told = outages_.told(answer.outcome);
    const bool is_wanted = reply->is_wanted();
    if (tally_) {
      count(answer.outcome, told.has_value(), is_wanted);
    }
    if (told && is_wanted) {
      answer.outcome = *told;
      reply->send(std::move(answer));
    }
    return told && is_wanted;
  }
  void answer(Outcome outcome) noexcept {
    if (!is_answered()) {
      Answer failure;
      failure.outcome = outcome;
      answer(std::move(failure));
    }
  }

  [[nodiscard]] const Request& request() const noexcept { return request_; }
  [[nodiscard]] const Wire& wire() const noexcept { return wire_; }
  [[nodiscard]] bool needs_token() const noexcept {
    if constexpr (requires { Command::needs_token(request_); }) {
      return Command::needs_token(request_);
    } else {
      return false;
    }
  }
  // How much work it is, in units of a request for one row.
  [[nodiscard]] std::size_t weight() const noexcept {
    if constexpr (requires { Command::weight(request_); }) {
      return Command::weight(request_);
    } else {
      return 1;
    }
  }
  [[nodiscard]] bool is_answered() const noexcept {
    const std::lock_guard lock(mutex_);
    return reply_ == nullptr;
  }
  // False as well when it is answered.
  [[nodiscard]] bool is_wanted() const noexcept {
    const std::lock_guard lock(mutex_);
    return reply_ != nullptr && reply_->is_wanted();
  }

  // What it asked for is durable; from here on the token's watchdog looks after it.
  void leave_to_token() noexcept { is_with_token_.store(true); }
  [[nodiscard]] bool is_settled() const noexcept override { return is_with_token_.load() || is_answered(); }
  [[nodiscard]] std::chrono::steady_clock::duration age() const override {
    return std::chrono::steady_clock::now() - arrived_;
  }
  [[nodiscard]] std::chrono::steady_clock::time_point arrived() const noexcept { return arrived_; }
  void give_up() noexcept override { answer(Outcome::too_busy); }

  // Of the thread that owns the request at the moment.
  Waiting waiting;
  typename StateOf<Command>::type state;

 private:
  std::unique_ptr<Reply<Answer>> claim() noexcept {
    const std::lock_guard lock(mutex_);
    return std::move(reply_);
  }
  void count(Outcome outcome, bool is_told, bool is_wanted) noexcept {
    if (!is_wanted) {
      tally_->abandon(request_.requester.host);
    } else if (is_told) {
      tally_->count(outcome);
    } else {
      tally_->drop(request_.requester.host);
    }
  }

  Request request_;
  Wire wire_;
  mutable std::mutex mutex_;              // of the next
  std::unique_ptr<Reply<Answer>> reply_;  // null once it is answered
  std::shared_ptr<Tally> tally_;
  OutageAnswers outages_;
  std::atomic<bool> is_with_token_{false};
  std::chrono::steady_clock::time_point arrived_;
};

template <typename Command>
using Pending = std::shared_ptr<PendingRequest<Command>>;

}  // namespace hss::app
