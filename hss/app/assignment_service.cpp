// One transaction, then the documents.
#include "hss/app/assignment_service.h"

#include "hss/app/batching.h"
#include "hss/app/two_names.h"
#include "hss/text_forms.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace hss::app {
namespace {

constexpr std::chrono::seconds tending_interval{5};

UserDataForm form_of(const ServerAssignmentRequest& request) {
  return {.shared_ifc_sets = request.features.common(feature::shared_ifc_sets),
          .alias_groups = request.features.common(feature::alias_indication),
          .extensions = request.extensions};
}

UserProfile profile_of(const WantedUserData& wanted, const ProfileRows& rows) {
  const auto members = rows.members.find(wanted.set_id);
  const auto extension = rows.private_extensions.find(wanted.impi_id);
  if (members == rows.members.end() || extension == rows.private_extensions.end()) {
    throw StoreError(StoreFailure::busy, "identity was provisioned anew meanwhile");
  }
  return {wanted.impi, extension->second, members->second, wanted.match};
}

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
  constexpr std::size_t of_head = 4096;  // what every answer has, charging and names included
  std::size_t sum = of_head + answer.user_data.size();
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
  constexpr std::size_t longest = 65535;
  std::size_t octets = octets_of(answer);
  const auto is_too_much = [&](const RestorationInfo& info) { return (octets += octets_of(info)) > longest; };
  const auto first = std::ranges::find_if(answer.restoration, is_too_much);
  const bool fits = octets_of(answer) <= longest;
  answer.restoration.erase(first, answer.restoration.end());
  return fits;
}

ServerAssignmentAnswer failure(Outcome outcome) {
  ServerAssignmentAnswer out;
  out.outcome = outcome;
  return out;
}

}  // namespace

AssignmentService::AssignmentService(std::unique_ptr<AssignmentStore> store, AssignmentConfig config)
    : store_(std::move(store)), config_(config), renderer_(config.profiles_kept) {}

std::vector<ServerAssignmentAnswer> AssignmentService::serve(std::span<const ServerAssignmentRequest* const> requests) {
  AssignmentBatch batch = assign_servers(*store_->begin_assignment(), requests, config_.policy);
  // The assignments stand by now: an S-CSCF that gets no document asks again and finds its own name.
  try {
    add_user_data(batch, requests);
  } catch (const StoreError& error) {
    if (const auto held_back = failures_.pass()) {
      spdlog::error("user_data_failed error=\"{}\" held_back={}", error.what(), *held_back);
    }
    for (AssignmentDecision& decision : batch.decisions) {
      if (decision.user_data) {
        decision.answer = failure(outcome_of(error.failure()));
      }
    }
  }
  std::vector<ServerAssignmentAnswer> answers;
  answers.reserve(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    report(batch.decisions[i], *requests[i]);
    report_two_names(names_, Command::server_assignment, *requests[i], batch.decisions[i].other_name);
    if (!fit(batch.decisions[i].answer)) {
      refuse_too_long(batch.decisions[i].answer, *requests[i]);
    }
    answers.push_back(std::move(batch.decisions[i].answer));
  }
  return answers;
}

void AssignmentService::add_user_data(AssignmentBatch& batch,
                                      std::span<const ServerAssignmentRequest* const> requests) {
  std::vector<UserDataRenderer::Request> wanted;
  std::vector<ServerAssignmentAnswer*> answers;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (const auto& user_data = batch.decisions[i].user_data) {
      wanted.push_back({profile_of(*user_data, batch.profiles), form_of(*requests[i])});
      answers.push_back(&batch.decisions[i].answer);
    }
  }
  auto documents =
      renderer_.render(wanted, [this](std::span<const std::int64_t> ids) { return store_->service_profiles(ids); });
  for (std::size_t i = 0; i < answers.size(); ++i) {
    answers[i]->user_data = std::move(documents[i]);
  }
}

void AssignmentService::refuse_too_long(ServerAssignmentAnswer& answer, const ServerAssignmentRequest& request) {
  if (const auto held_back = failures_.pass()) {
    spdlog::error(
        "user_data_too_long identity={} octets={} hint=\"take filter criteria or identities out\" held_back={}",
        log_text(request.impus.empty() ? request.impi : request.impus.front()), answer.user_data.size(), *held_back);
  }
  answer = failure(Outcome::unable_to_comply);
}

// What an operator may have to know of: the answer does not tell.
void AssignmentService::report(const AssignmentDecision& decision, const ServerAssignmentRequest& request) {
  if (decision.note == AssignmentNote::unremarkable) {
    return;
  }
  if (const auto held_back = notes_.pass()) {
    spdlog::info("server_assignment note={} type={} host={} held_back={}", name(decision.note),
                 static_cast<unsigned>(request.type), log_text(request.requester.host), *held_back);
  }
}

void AssignmentService::tend() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_tending_) {
    return;
  }
  next_tending_ = now + tending_interval;
  try {
    if (store_->forget_requests()) {
      next_tending_ = now;
    }
  } catch (const StoreError& error) {
    // Without a database there is nothing to tend, and whoever wants something from it says so.
    if (const auto held_back = failures_.pass(); held_back && error.failure() != StoreFailure::unavailable) {
      spdlog::error("requests_not_forgotten error=\"{}\" held_back={}", error.what(), *held_back);
    }
  }
}

}  // namespace hss::app
