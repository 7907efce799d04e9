// SPDX-License-Identifier: Apache-2.0
// One batch from the lane to the token: check AUTS first, one transaction, then vectors.
#include "hss/app/cx/authentication_service.h"

#include "hss/app/auts_task.h"
#include "hss/app/cx/token_tasks.h"
#include "hss/app/cx/two_names.h"
#include "hss/cx/authentication_scheme.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace hss::app {
namespace {

bool needs_check(const Pending<MultimediaAuth>& pending) {
  const MultimediaAuthRequest& request = pending->request();
  return !pending->state.checked && needs_credential(scheme_of(request.scheme_name)) &&
         resynchronisation_of(request.authorization).has_value();
}

NumberNews news_of(const AuthenticationDecision& decision) {
  // Refused with all that it takes to be served.
  const bool is_at_ceiling = decision.outcome != Outcome::success && decision.has_numbers && goes_on(decision.resync);
  return {decision.key ? std::string_view(decision.key->owner) : std::string_view(), decision.has_numbers,
          decision.over_budget, is_at_ceiling, decision.resync};
}

}  // namespace

AuthenticationService::AuthenticationService(std::unique_ptr<AuthenticationStore> store, TokenThreads& token,
                                             Lane<MultimediaAuth>& lane, SlowAuthentications& slow,
                                             AuthenticationSettings settings)
    : store_(std::move(store)), token_(token), lane_(lane), slow_(slow), settings_(std::move(settings)) {}

void AuthenticationService::connect() { store_->begin_authentication(); }

std::vector<Pending<MultimediaAuth>> AuthenticationService::prepare(std::span<const Pending<MultimediaAuth>> batch) {
  std::vector<Pending<MultimediaAuth>> ready;
  std::vector<Pending<MultimediaAuth>> to_check;
  std::vector<std::string> impis;
  for (const Pending<MultimediaAuth>& pending : batch) {
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
  std::ranges::move(order_checks<MultimediaAuth>(to_check, store_->keys_of(impis), token_, lane_),
                    std::back_inserter(ready));
  return ready;
}

void AuthenticationService::serve(std::span<const Pending<MultimediaAuth>> batch) {
  std::vector<AuthenticationCase> work;
  work.reserve(batch.size());
  for (const Pending<MultimediaAuth>& pending : batch) {
    work.push_back({&pending->request(), pending->state.checked});
  }
  std::vector<AuthenticationDecision> decisions;
  {
    const auto transaction = store_->begin_authentication();
    decisions = hss::authenticate(*transaction, work, settings_.policy, inputs_now(settings_.budget.get()));
  }
  auto work_left = split_by_scheme(batch, std::move(decisions));
  if (!work_left.empty()) {
    token_.submit(std::move(work_left));
  }
}

// Answers what ended without the token; the rest becomes work for it.
std::vector<std::unique_ptr<TokenTask>> AuthenticationService::split_by_scheme(
    std::span<const Pending<MultimediaAuth>> batch, std::vector<AuthenticationDecision> decisions) {
  std::vector<std::unique_ptr<TokenTask>> work;  // digests first
  std::vector<std::unique_ptr<TokenTask>> vectors;
  work.reserve(batch.size());
  vectors.reserve(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    AuthenticationDecision& decision = decisions[i];
    if (put_off(slow_, batch[i], decision.held)) {
      continue;
    }
    report_numbers(batch[i]->request().requester.host, news_of(decision));
    report_two_names(MultimediaAuth::command, batch[i]->request(), decision.other_name);
    if (decision.outcome != Outcome::success) {
      batch[i]->answer(decision.outcome);
    } else if (decision.scheme == Scheme::aka) {
      batch[i]->leave_to_token();
      vectors.push_back(vector_task(batch[i], {std::move(decision.key), std::move(decision.sqns),
                                               std::move(decision.rand_nonce), settings_.amf}));
    } else if (decision.scheme == Scheme::sip_digest) {
      batch[i]->leave_to_token();
      work.push_back(digest_task(batch[i], std::move(decision.data)));
    } else {
      batch[i]->answer(bundled_answer(batch[i]->request(), decision.scheme, *decision.data));
    }
  }
  std::ranges::move(vectors, std::back_inserter(work));
  return work;
}

}  // namespace hss::app
