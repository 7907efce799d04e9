// One transaction, then the documents.
#include "hss/app/assignment_service.h"

#include "hss/app/batching.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace hss::app {
namespace {

constexpr std::chrono::seconds tending_interval{5};

UserDataForm form_of(const ServerAssignmentRequest& request) {
  return {.shared_ifc_sets = request.features.common(feature::shared_ifc_sets),
          .alias_groups = request.features.common(feature::alias_indication)};
}

UserProfile profile_of(const WantedUserData& wanted, const ProfileRows& rows) {
  const auto members = rows.members.find(wanted.set_id);
  const auto extension = rows.private_extensions.find(wanted.impi_id);
  if (members == rows.members.end() || extension == rows.private_extensions.end()) {
    throw StoreError(StoreFailure::busy, "identity was provisioned anew meanwhile");
  }
  return {wanted.impi, extension->second, members->second, wanted.match};
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

// What an operator may have to know of: the answer does not tell.
void AssignmentService::report(const AssignmentDecision& decision, const ServerAssignmentRequest& request) {
  if (decision.note == AssignmentNote::unremarkable) {
    return;
  }
  if (const auto held_back = notes_.pass()) {
    spdlog::info("server_assignment note={} type={} host={:?} held_back={}", name(decision.note),
                 static_cast<unsigned>(request.type), request.requester.host, *held_back);
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
