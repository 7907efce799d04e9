// Requests on their way through the server, each with the one answer it is owed.
#pragma once

#include "hss/app/held_rows.h"
#include "hss/app/outage_answers.h"
#include "hss/app/overdue.h"
#include "hss/app/tally.h"
#include "hss/authentication_scheme.h"
#include "hss/messages.h"
#include "hss/multimedia_auth.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace hss::app {

// Where the answer goes; implemented by the protocol side. Called at most once, from any thread; should not block.
template <typename Answer>
class Reply {
 public:
  virtual ~Reply() = default;
  virtual void send(Answer answer) noexcept = 0;
};

// The first answer wins (a watchdog may answer for a stalled token or database); one that was never answered says so
// itself.
template <typename RequestOf, typename AnswerOf>
class PendingRequest : public Owed {
 public:
  using Request = RequestOf;
  using Answer = AnswerOf;

  // The answer is counted in `tally`, if there is one. An outage is told as `outages` has it.
  PendingRequest(Request request, std::unique_ptr<Reply<Answer>> reply, std::shared_ptr<Tally> tally = nullptr,
                 OutageAnswers outages = {})
      : request_(std::move(request)),
        reply_(std::move(reply)),
        tally_(std::move(tally)),
        outages_(outages),
        arrived_(std::chrono::steady_clock::now()) {}
  ~PendingRequest() override { answer(Outcome::out_of_service); }

  void answer(Answer answer) noexcept {
    if (answered_.exchange(true)) {
      return;
    }
    const auto told = outages_.told(answer.outcome);
    if (tally_) {
      told ? tally_->count(answer.outcome) : tally_->drop(request_.requester.host);
    }
    if (told) {
      answer.outcome = *told;
      reply_->send(std::move(answer));
    } else {
      reply_.reset();  // and with it the message that it would have answered
    }
  }
  void answer(Outcome outcome) noexcept {
    if (!answered_.load()) {
      Answer failure;
      failure.outcome = outcome;
      answer(std::move(failure));
    }
  }

  [[nodiscard]] const Request& request() const noexcept { return request_; }
  [[nodiscard]] static constexpr bool needs_token() noexcept { return false; }
  [[nodiscard]] bool is_answered() const noexcept { return answered_.load(); }
  [[nodiscard]] bool is_settled() const noexcept override { return is_answered(); }
  [[nodiscard]] std::chrono::steady_clock::duration age() const override {
    return std::chrono::steady_clock::now() - arrived_;
  }
  [[nodiscard]] std::chrono::steady_clock::time_point arrived() const noexcept { return arrived_; }
  void give_up() noexcept override { answer(Outcome::too_busy); }

  Waiting waiting;  // of the thread that owns the request at the moment

 private:
  Request request_;
  std::unique_ptr<Reply<Answer>> reply_;
  std::shared_ptr<Tally> tally_;
  OutageAnswers outages_;
  std::chrono::steady_clock::time_point arrived_;
  std::atomic<bool> answered_{false};
};

// A Multimedia-Auth also carries what the token said of its AUTS; set by the thread that owns the request at the
// moment.
class CheckedMultimediaAuth final : public PendingRequest<MultimediaAuthRequest, MultimediaAuthAnswer> {
 public:
  using PendingRequest::PendingRequest;
  [[nodiscard]] bool needs_token() const noexcept { return hss::needs_token(scheme_of(request().scheme_name)); }
  std::optional<CheckedAuts> checked;

  // Its numbers are durable; from here on the token's watchdog looks after it.
  void leave_to_token() noexcept { is_with_token_.store(true); }
  [[nodiscard]] bool is_settled() const noexcept override { return is_with_token_.load() || is_answered(); }

 private:
  std::atomic<bool> is_with_token_{false};
};

using PendingMultimediaAuth = std::shared_ptr<CheckedMultimediaAuth>;
inline Waiting& waiting_of(const PendingMultimediaAuth& pending) { return pending->waiting; }
inline auto arrival_of(const PendingMultimediaAuth& pending) { return pending->arrived(); }
using PendingUserAuthorization = std::shared_ptr<PendingRequest<UserAuthorizationRequest, UserAuthorizationAnswer>>;
using PendingLocationInfo = std::shared_ptr<PendingRequest<LocationInfoRequest, LocationInfoAnswer>>;
using PendingServerAssignment = std::shared_ptr<PendingRequest<ServerAssignmentRequest, ServerAssignmentAnswer>>;

}  // namespace hss::app
