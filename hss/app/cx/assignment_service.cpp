// SPDX-License-Identifier: Apache-2.0
// One transaction, then the documents.
#include "hss/app/cx/assignment_service.h"

#include "hsm/base/log.h"
#include "hss/app/cx/commands.h"
#include "hss/app/cx/two_names.h"
#include "hss/cx/server_assignment/batch.h"
#include "hss/text_forms.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace hss::app {
namespace {

constexpr std::chrono::seconds housekeeping_interval{5};

std::size_t octets_of(const RestorationDialog& dialog) {
  return dialog.call_id.size() + dialog.from.size() + dialog.to.size() + dialog.record_route.size() +
         dialog.contact.size();
}

std::size_t octets_of(const RestorationInfo& info) {
  constexpr std::size_t of_heads = 64;  // AVP headers, padding and numbers of a contact or a dialog
  std::size_t sum = of_heads + info.impi.size();
  for (const RestorationContact& contact : info.contacts) {
    sum += of_heads + contact.path.size() + contact.contact.size() + (contact.call_id ? contact.call_id->size() : 0);
    for (const auto* dialog : {&contact.subscription, &contact.p_cscf_subscription}) {
      sum += *dialog ? of_heads + octets_of(**dialog) : 0;
    }
  }
  return sum;
}

// About the length of the answer, all but its restoration information.
std::size_t octets_of(const ServerAssignmentAnswer& answer) {
  std::size_t sum = octets_beside_document + answer.user_data.size();
  for (const auto* names : {&answer.associated, &answer.associated_registered}) {
    for (const std::string& one : *names) {
      sum += one.size() + 16;
    }
  }
  return sum;
}

// freeDiameter and others take no message of more than 65,535 octets. What was left for restoration gives way; false:
// the rest alone is too long.
bool fit(ServerAssignmentAnswer& answer) {
  std::size_t octets = octets_of(answer);
  const auto is_too_much = [&](const RestorationInfo& info) { return (octets += octets_of(info)) > longest_message; };
  const auto first = std::ranges::find_if(answer.restoration, is_too_much);
  const bool fits = octets_of(answer) <= longest_message;
  answer.restoration.erase(first, answer.restoration.end());
  return fits;
}

ServerAssignmentAnswer failure(Outcome outcome) {
  ServerAssignmentAnswer out;
  out.outcome = outcome;
  return out;
}

// Without a database there is nothing to clear away, and who wants something from it says so.
void report_not_cleared(const StoreError& error) {
  if (error.failure() != StoreFailure::unavailable) {
    base::log(base::event("requests_not_forgotten"), error.what(), "error=\"{}\"", error.what());
  }
}

}  // namespace

AssignmentService::AssignmentService(std::unique_ptr<AssignmentStore> store, AssignmentConfig config)
    : store_(std::move(store)), config_(config), documents_(config.profiles_kept) {}

// All of a batch stands or falls together: no S-CSCF is taken to have got a document that could not be made.
std::vector<Served<ServerAssignmentAnswer>> AssignmentService::serve(
    std::span<const ServerAssignmentRequest* const> requests) {
  auto decisions = assign_servers(
      *store_->begin_assignment(), requests, config_.policy,
      [this](std::span<const WantedUserData> wanted, const ProfileRows& profiles) {
        return documents_.render(wanted, profiles,
                                 [this](std::span<const std::int64_t> ids) { return store_->service_profiles(ids); });
      });
  std::vector<Served<ServerAssignmentAnswer>> answers;
  answers.reserve(requests.size());
  told_.clear();
  for (std::size_t i = 0; i < requests.size(); ++i) {
    report(decisions[i], *requests[i]);
    report_two_names(ServerAssignment::command, *requests[i], decisions[i].other_name);
    if (!fit(decisions[i].answer)) {
      refuse_too_long(decisions[i].answer, *requests[i]);
    }
    told_.push_back(std::move(decisions[i].told));
    if (decisions[i].answer.outcome != Outcome::success) {
      take_back(i);  // it was too long after all
    }
    answers.push_back({std::move(decisions[i].answer), decisions[i].held_subscription});
  }
  return answers;
}

void AssignmentService::refuse_too_long(ServerAssignmentAnswer& answer, const ServerAssignmentRequest& request) {
  base::log(base::event("user_data_too_long"), "",
            "identity={} octets={} hint=\"take filter criteria or identities out\"",
            log_text(request.impus.empty() ? request.impi : request.impus.front()), answer.user_data.size());
  answer = failure(Outcome::unable_to_comply);
}

// What an operator may have to know of: the answer does not tell.
void AssignmentService::report(const AssignmentDecision& decision, const ServerAssignmentRequest& request) {
  if (decision.note == AssignmentNote::unremarkable) {
    return;
  }
  base::log(base::event("server_assignment"), fmt::format("{} {}", name(decision.note), request.requester.host),
            "note={} type={} host={}", name(decision.note), static_cast<unsigned>(request.type),
            log_text(request.requester.host));
}

void AssignmentService::take_back(std::size_t index) {
  constexpr std::size_t most = 10'000;  // while the database is away; the rest is told again when it changes
  if (index < told_.size() && told_[index] && taken_back_.size() < most) {
    taken_back_.push_back(std::move(*told_[index]));
    told_[index].reset();
  }
}

void AssignmentService::write_taken_back() {
  try {
    while (!taken_back_.empty()) {
      store_->forget_told(taken_back_.back());
      taken_back_.pop_back();
    }
  } catch (const StoreError& error) {
    report_not_cleared(error);
  }
}

void AssignmentService::do_housekeeping() {
  write_taken_back();
  const auto now = std::chrono::steady_clock::now();
  if (now < next_housekeeping_) {
    return;
  }
  next_housekeeping_ = now + housekeeping_interval;
  try {
    if (store_->forget_requests()) {
      next_housekeeping_ = now;
    }
  } catch (const StoreError& error) {
    report_not_cleared(error);
  }
}

}  // namespace hss::app
