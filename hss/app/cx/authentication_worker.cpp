// SPDX-License-Identifier: Apache-2.0
// One batch from the queue to the token: shed, check AUTS first, one transaction, then vectors.
#include "hss/app/cx/authentication_worker.h"

#include "hss/app/cx/two_names.h"
#include "hss/app/lane/survive.h"
#include "hss/cx/authentication_scheme.h"
#include "hss/text_forms.h"

#include <pthread.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <utility>

namespace hss::app {
namespace {

constexpr std::chrono::milliseconds idle_wait{500};

bool needs_check(const PendingMultimediaAuth& pending) {
  const MultimediaAuthRequest& request = pending->request();
  return !pending->checked && needs_credential(scheme_of(request.scheme_name)) &&
         resynchronisation_of(request).has_value();
}

// Refused with all that it takes to be served.
bool is_at_ceiling(const AuthenticationDecision& decision) {
  return decision.outcome != Outcome::success && decision.has_numbers &&
         (decision.resync == ResyncNote::unused || decision.resync == ResyncNote::kept ||
          decision.resync == ResyncNote::raised);
}

}  // namespace

AuthenticationWorker::AuthenticationWorker(std::unique_ptr<AuthenticationStore> store, CryptoWorker& crypto,
                                           Source<PendingMultimediaAuth>& queue, SlowLane<PendingMultimediaAuth>& lane,
                                           AuthenticationSettings config)
    : store_(std::move(store)),
      crypto_(crypto),
      queue_(queue),
      lane_(lane),
      config_(std::move(config)),
      batching_(
          config_.limits.max_age, [this] { return crypto_.refusal(); }, [this] { return queue_.is_closed(); }) {}

AuthenticationWorker::~AuthenticationWorker() { join(); }

void AuthenticationWorker::connect() {
  connect_early([this] { store_->begin_authentication(); });
}

void AuthenticationWorker::start() {
  thread_ = std::thread([this] { run(); });
}

void AuthenticationWorker::join() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

void AuthenticationWorker::run() {
  pthread_setname_np(pthread_self(), "quintet-batch");
  while (true) {
    crypto_.wait_for_room();
    auto batch = queue_.take(config_.limits.batch, idle_wait);
    if (batch.empty()) {
      if (queue_.is_closed()) {
        return;
      }
      continue;
    }
    survive(limit_, [&] { process(std::move(batch)); });
  }
}

// What is too old, or cannot be served by the token now, is answered before it costs a sequence number.
void AuthenticationWorker::process(std::vector<PendingMultimediaAuth> batch) {
  batch = batching_.drop_stale(std::move(batch));
  try {
    batch = send_to_check(batch);
  } catch (const StoreError& error) {
    batching_.fail<PendingMultimediaAuth>(batch, error);
    return;
  }
  if (!batch.empty()) {
    batching_.attempt<PendingMultimediaAuth>(batch, [this](auto part) { authenticate(part); });
  }
}

// Requests with an unchecked AUTS go through the token first and come back through the queue.
std::vector<PendingMultimediaAuth> AuthenticationWorker::send_to_check(std::span<const PendingMultimediaAuth> batch) {
  std::vector<PendingMultimediaAuth> ready;
  std::vector<PendingMultimediaAuth> to_check;
  std::vector<std::string> impis;
  for (const PendingMultimediaAuth& pending : batch) {
    if (needs_check(pending)) {
      to_check.push_back(pending);
      impis.push_back(pending->request().impi);
    } else {
      ready.push_back(pending);
    }
  }
  if (to_check.empty()) {
    return ready;
  }
  const auto keys = store_->keys_of(impis);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i]) {
      crypto_.submit(CheckTask{to_check[i], keys[i]});
    } else {  // no such credential: the transaction finds the proper code
      to_check[i]->checked = CheckedAuts{};
      ready.push_back(to_check[i]);
    }
  }
  return ready;
}

void AuthenticationWorker::authenticate(std::span<const PendingMultimediaAuth> batch) {
  std::vector<AuthenticationCase> work;
  work.reserve(batch.size());
  for (const PendingMultimediaAuth& pending : batch) {
    work.push_back({&pending->request(), pending->checked});
  }
  const DecisionInputs inputs{auc::Domain::ims,
                              std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()),
                              config_.budget.get(), std::chrono::steady_clock::now()};
  std::vector<AuthenticationDecision> decisions;
  {
    const auto transaction = store_->begin_authentication();
    decisions = hss::authenticate(*transaction, work, config_.policy, inputs);
  }
  ++batches_;
  auto work_left = split_by_scheme(batch, std::move(decisions));
  if (work_left.size() > 0) {
    crypto_.submit(std::move(work_left));
  }
}

// Resynchronisations and refusals that an operator may have to act on. What a peer can make happen to any card is
// counted by peer, what lies in the credential by credential.
void AuthenticationWorker::report(const std::string& host, const AuthenticationDecision& decision) {
  using spdlog::level::level_enum;
  const std::string_view credential = decision.key ? std::string_view(decision.key->owner) : std::string_view();
  const auto note = [&](level_enum level, std::string_view event, std::string_view cause, std::string_view more) {
    if (const auto held_back = limit_.pass(fmt::format("{} {}", event, cause))) {
      spdlog::log(level, "{} credential={} {} held_back={}", event, credential, more, *held_back);
    }
  };
  if (decision.resync == ResyncNote::returned) {
    spdlog::warn("sqn_returned credential={} hint=\"as armed by quintet sqn return\"", credential);
  }
  if (decision.over_budget) {
    note(level_enum::warn, "sqn_burst_refused", host,
         fmt::format("peer=\"{}\" reason=\"it has taken sqn.burst numbers of it\"", log_text(host)));
  } else if (decision.key && !decision.has_numbers) {
    note(level_enum::err, "credential_without_fingerprint", credential, "hint=\"run quintet keys fingerprint\"");
  } else if (is_at_ceiling(decision)) {
    note(level_enum::err, "sqn_refused", credential, "reason=\"SEQ is at its ceiling or the domain is not served\"");
  } else if (decision.resync != ResyncNote::unused) {
    note(level_enum::info, fmt::format("resynchronisation result={}", name(decision.resync)), host,
         fmt::format("peer=\"{}\"", log_text(host)));
  }
}

// Answers what ended without the token; the rest becomes work for it.
TokenWork AuthenticationWorker::split_by_scheme(std::span<const PendingMultimediaAuth> batch,
                                                std::vector<AuthenticationDecision> decisions) {
  TokenWork work;
  work.vectors.reserve(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    AuthenticationDecision& decision = decisions[i];
    if (!decision.held.empty()) {
      if (!lane_.defer(batch[i], decision.held)) {
        batch[i]->answer(Outcome::too_busy);
      }
      continue;
    }
    row_was_free(batch[i]->waiting);
    report(batch[i]->request().requester.host, decision);
    report_two_names(names_limit_, MultimediaAuth::command, batch[i]->request(), decision.other_name);
    if (decision.outcome != Outcome::success) {
      batch[i]->answer(decision.outcome);
    } else if (decision.scheme == Scheme::aka) {
      batch[i]->leave_to_token();
      work.vectors.push_back(
          {batch[i], std::move(decision.key), std::move(decision.sqns), std::move(decision.rand_nonce)});
    } else if (decision.scheme == Scheme::sip_digest) {
      batch[i]->leave_to_token();
      work.digests.push_back({batch[i], std::move(decision.data)});
    } else {
      batch[i]->answer(bundled_answer(batch[i]->request(), decision.scheme, *decision.data));
    }
  }
  return work;
}

}  // namespace hss::app
