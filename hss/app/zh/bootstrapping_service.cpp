// SPDX-License-Identifier: Apache-2.0
// One batch from the lane to the token: find users and check AUTS first, one transaction, then vectors.
#include "hss/app/zh/bootstrapping_service.h"

#include "hss/aka.h"
#include "hss/app/auts_task.h"
#include "hss/app/zh/token_tasks.h"
#include "hss/zh/guss.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

namespace hss::app {
namespace {

using Request = Pending<ZhMultimediaAuth>;

bool names_impu_alone(const zh::MultimediaAuthRequest& request) {
  return request.impi.empty() && !request.impu.empty();
}

bool needs_check(const Request& pending) {
  const zh::MultimediaAuthRequest& request = pending->request();
  return !pending->state.checked && resynchronisation_of(request.authorization) &&
         (!request.scheme_name || names_aka(*request.scheme_name));
}

zh::AuthenticationCase case_of(const Request& pending) {
  const auto& found = pending->state.impis_of_impu;
  return {&pending->request(), found ? std::span<const std::string>(*found) : std::span<const std::string>(),
          pending->state.checked};
}

std::optional<zh::ToldSettings> rendered(const std::optional<zh::SettingsToTell>& settings,
                                         std::string_view name_space) {
  if (!settings) {
    return std::nullopt;
  }
  return zh::ToldSettings{zh::render_guss(settings->settings, name_space), settings->changed_at};
}

}  // namespace

BootstrappingService::BootstrappingService(std::unique_ptr<zh::UserStore> store, TokenThreads& token,
                                           Bootstrappings& lane, SlowBootstrappings& slow,
                                           BootstrappingSettings settings)
    : store_(std::move(store)), token_(token), lane_(lane), slow_(slow), settings_(std::move(settings)) {}

void BootstrappingService::connect() { store_->begin(); }

void BootstrappingService::find_users(std::span<const Request> batch) {
  std::vector<const Request*> unfound;
  std::vector<std::string_view> impus;
  for (const Request& pending : batch) {
    if (names_impu_alone(pending->request()) && !pending->state.impis_of_impu) {
      unfound.push_back(&pending);
      impus.push_back(pending->request().impu);
    }
  }
  if (unfound.empty()) {
    return;
  }
  auto found = store_->impis_of(impus);
  for (std::size_t i = 0; i < unfound.size(); ++i) {
    (*unfound[i])->state.impis_of_impu = std::move(found[i]);
  }
}

std::vector<Request> BootstrappingService::prepare(std::span<const Request> batch) {
  find_users(batch);
  std::vector<Request> ready;
  std::vector<Request> to_check;
  std::vector<zh::AuthenticationCase> cases;
  for (const Request& pending : batch) {
    if (needs_check(pending)) {
      to_check.push_back(pending);
      cases.push_back(case_of(pending));
    } else {
      ready.push_back(pending);
    }
  }
  if (to_check.empty()) {
    return ready;
  }
  const zh::AskedUsers asked(cases);
  const auto keys = store_->keys_of(asked.all());
  std::ranges::move(order_checks<ZhMultimediaAuth>(to_check, keys, token_, lane_), std::back_inserter(ready));
  return ready;
}

void BootstrappingService::serve(std::span<const Request> batch) {
  std::vector<zh::AuthenticationCase> work;
  work.reserve(batch.size());
  for (const Request& pending : batch) {
    work.push_back(case_of(pending));
  }
  std::vector<zh::AuthenticationDecision> decisions;
  {
    const auto transaction = store_->begin();
    decisions = zh::authenticate(*transaction, work, settings_.numbers, inputs_now(settings_.budget.get()));
  }
  std::vector<std::unique_ptr<TokenTask>> tasks;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (auto task = follow(batch[i], std::move(decisions[i]))) {
      tasks.push_back(std::move(task));
    }
  }
  if (!tasks.empty()) {
    token_.submit(std::move(tasks));
  }
}

std::unique_ptr<TokenTask> BootstrappingService::follow(const Request& pending, zh::AuthenticationDecision decision) {
  if (put_off(slow_, pending, decision.held)) {
    return nullptr;
  }
  report_numbers(
      pending->request().requester.host,
      {decision.key ? std::string_view(decision.key->owner) : std::string_view(), decision.has_numbers,
       decision.issued.over_budget, decision.has_numbers && decision.issued.is_at_ceiling(), decision.issued.resync});
  if (decision.outcome != Outcome::success) {
    pending->answer(decision.outcome);
    return nullptr;
  }
  pending->leave_to_token();
  return vector_task(
      pending,
      {std::move(decision.key), std::move(decision.issued.sqns), std::move(decision.issued.rand_nonce), settings_.amf},
      rendered(decision.settings, settings_.guss_namespace));
}

}  // namespace hss::app
