// SPDX-License-Identifier: Apache-2.0
// Reading a batch of Server-Assignments: one row for each identity of a request, then the whole of each subscription.
#include "hss/pg/cx/assignment_rows.h"

#include "hss/pg/cx/assignment_statements.h"
#include "hss/pg/words.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace hss::pg {
namespace {

using OptionalTexts = std::vector<std::optional<std::string_view>>;
using Texts = std::vector<std::string_view>;

// Where the rows of the first statement belong: one for each Public-Identity, or one for a request without any.
struct Slot {
  std::size_t member;
  std::optional<std::size_t> impu;
};
std::vector<Slot> slots_of(AssignmentRequests requests) {
  std::vector<Slot> out;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (requests[i]->impus.empty()) {
      out.push_back({i, std::nullopt});
    }
    for (std::size_t k = 0; k < requests[i]->impus.size(); ++k) {
      out.push_back({i, k});
    }
  }
  return out;
}

std::optional<std::string_view> impi_of(const ServerAssignmentRequest& request) {
  return request.impi.empty() ? std::nullopt : std::optional<std::string_view>(request.impi);
}

Command assignments_command(AssignmentRequests requests, bool takes_locks) {
  OptionalTexts impis;
  OptionalTexts impus;
  OptionalTexts wildcards;
  for (const Slot& slot : slots_of(requests)) {
    const ServerAssignmentRequest& request = *requests[slot.member];
    impis.push_back(impi_of(request));
    impus.push_back(slot.impu ? std::optional<std::string_view>(request.impus[*slot.impu]) : std::nullopt);
    wildcards.push_back(wildcard_of(request));
  }
  Command out{&statement(takes_locks ? AssignmentSql::lock_assignments : AssignmentSql::read_assignments), {}};
  out.params.add(std::span<const std::optional<std::string_view>>(impis));
  out.params.add(std::span<const std::optional<std::string_view>>(impus));
  out.params.add(std::span<const std::optional<std::string_view>>(wildcards));
  return out;
}

// A subscription is found by the IMPI, and by the identities only where there is none.
Command subscriptions_command(AssignmentSql sql, AssignmentRequests requests) {
  Texts impis;
  Texts impus;
  OptionalTexts wildcards;  // as many as impus
  for (const ServerAssignmentRequest* request : requests) {
    if (request->impi.empty()) {
      impus.insert(impus.end(), request->impus.begin(), request->impus.end());
      wildcards.resize(impus.size(), wildcard_of(*request));
    } else {
      impis.push_back(request->impi);
    }
  }
  Command out{&statement(sql), {}};
  out.params.add(std::span<const std::string_view>(impis));
  out.params.add(std::span<const std::string_view>(impus));
  out.params.add(std::span<const std::optional<std::string_view>>(wildcards));
  return out;
}

std::vector<std::size_t> repetitions_of(AssignmentRequests requests) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (requests[i]->retransmitted) {
      out.push_back(i);
    }
  }
  return out;
}

Command seen_command(AssignmentRequests requests) {
  Texts hosts;
  std::vector<std::int64_t> ids;
  std::vector<std::string> asked;
  for (const std::size_t i : repetitions_of(requests)) {
    hosts.push_back(requests[i]->requester.host);
    ids.push_back(requests[i]->end_to_end);
    asked.push_back(asked_of(*requests[i]));
  }
  const Texts asked_views(asked.begin(), asked.end());
  Command out{&statement(AssignmentSql::read_requests_seen), {}};
  out.params.add(std::span<const std::string_view>(hosts));
  out.params.add(std::span<const std::int64_t>(ids));
  out.params.add(std::span<const std::string_view>(asked_views));
  return out;
}

std::optional<std::string> optional_text(const Result& result, int row, int column) {
  return result.is_null(row, column) ? std::nullopt : std::optional(std::string(result.octets(row, column)));
}

std::optional<bool> optional_flag(const Result& result, int row, int column) {
  return result.is_null(row, column) ? std::nullopt : std::optional(result.flag(row, column));
}

std::optional<std::uint32_t> optional_u32(const Result& result, int row, int column) {
  return result.is_null(row, column) ? std::nullopt
                                     : std::optional(static_cast<std::uint32_t>(result.integer(row, column)));
}

FoundIdentity identity_at(const Result& result, int row) {
  FoundIdentity out;
  if (result.is_null(row, 2)) {
    return out;
  }
  out.set_id = result.integer(row, 2);
  out.subscription_id = result.integer(row, 3);
  out.type = identity_type_of(result.octets(row, 4));
  out.wildcard = optional_text(result, row, 5);
  out.psi_active = result.flag(row, 6);
  out.loose_route = optional_flag(result, row, 7);
  out.privileged_sender = optional_flag(result, row, 8);
  return out;
}

AssignedSubscription subscription_at(const Result& result, int row) {
  AssignedSubscription out;
  out.row.id = result.integer(row, 9);
  out.row.scscf_name = optional_text(result, row, 10);
  out.row.scscf = {std::string(result.octets(row, 11)), std::string(result.octets(row, 12))};
  out.row.reassignment_pending = result.flag(row, 13);
  if (!result.is_null(row, 14)) {
    out.charging = ChargingInformation{optional_text(result, row, 15), optional_text(result, row, 16),
                                       optional_text(result, row, 17), optional_text(result, row, 18)};
  }
  return out;
}

// Where a subscription stands in the rows.
using Places = std::map<std::int64_t, std::size_t>;

Places read_assignments(AssignmentRequests requests, const Result& result, AssignmentRows& rows) {
  Places places;
  const auto slots = slots_of(requests);
  rows.members.resize(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    rows.members[i].impus.resize(requests[i]->impus.size());
  }
  for (int row = 0; row < result.rows(); ++row) {
    const Slot& slot = slots.at(static_cast<std::size_t>(result.integer(row, 0) - 1));
    auto& member = rows.members[slot.member];
    member.impi_id = result.is_null(row, 1) ? 0 : result.integer(row, 1);
    if (slot.impu) {
      member.impus[*slot.impu] = identity_at(result, row);
    }
    const auto [place, is_new] = places.try_emplace(result.integer(row, 9), rows.subscriptions.size());
    if (is_new) {
      rows.subscriptions.push_back(subscription_at(result, row));
    }
    member.subscription = place->second;
  }
  return places;
}

// A set comes once for each IMPI associated with it, one after the other.
void add_set(const Result& result, int row, AssignedSubscription& to) {
  const auto set_id = result.integer(row, 3);
  if (to.sets.empty() || to.sets.back().id != set_id) {
    to.sets.push_back({set_id, state_of(result.octets(row, 4))});
  }
  if (result.is_null(row, 1)) {
    return;
  }
  AssociationRow association;
  association.impi_id = result.integer(row, 1);
  association.set_id = set_id;
  association.auth_pending = result.flag(row, 5);
  association.registered = result.flag(row, 6);
  association.pending_is_old = result.flag(row, 7);
  association.restoration_unannounced = result.flag(row, 8);
  association.told = result.octets(row, 9);
  to.associations.push_back(std::move(association));
}

void read_subscriptions(const Result& result, const Places& places, AssignmentRows& rows) {
  for (int row = 0; row < result.rows(); ++row) {
    const auto place = places.find(result.integer(row, 0));
    if (place == places.end()) {
      continue;  // an identity was provisioned anew meanwhile
    }
    AssignedSubscription& subscription = rows.subscriptions[place->second];
    if (result.is_null(row, 3)) {
      subscription.impis.push_back({result.integer(row, 1), std::string(result.octets(row, 2))});
    } else {
      add_set(result, row, subscription);
    }
  }
  for (AssignedSubscription& subscription : rows.subscriptions) {
    std::ranges::sort(subscription.impis, {}, &PrivateIdentityRow::id);
  }
}

// Columns in the order of RestorationDialog; its Call-ID tells whether it is there.
std::optional<RestorationDialog> dialog_at(const Result& result, int row, int first, bool has_route) {
  if (result.is_null(row, first)) {
    return std::nullopt;
  }
  const auto text = [&](int column) { return std::string(result.octets(row, first + column)); };
  return RestorationDialog{text(0), text(1), text(2), has_route ? text(3) : std::string(), text(has_route ? 4 : 3)};
}

RestorationContact contact_at(const Result& result, int row) {
  RestorationContact out;
  out.path = result.octets(row, 4);
  out.contact = result.octets(row, 5);
  out.cseq = optional_u32(result, row, 6);
  out.call_id = optional_text(result, row, 7);
  out.subscription = dialog_at(result, row, 8, true);
  out.p_cscf_subscription = dialog_at(result, row, 13, false);
  return out;
}

void add_contact(const Result& result, int row, AssignedSubscription& subscription) {
  auto& associations = subscription.associations;
  const auto impi_id = result.integer(row, 1);
  const auto set_id = result.integer(row, 2);
  const auto found = std::ranges::find_if(associations, [&](const AssociationRow& association) {
    return association.impi_id == impi_id && association.set_id == set_id;
  });
  if (found == associations.end()) {
    return;
  }
  if (!found->restoration) {
    found->restoration = RestorationInfo{
        std::string(result.octets(row, 3)), {}, optional_u32(result, row, 17), optional_text(result, row, 18)};
  }
  found->restoration->contacts.push_back(contact_at(result, row));
}

void read_seen(AssignmentRequests requests, const Result& result, AssignmentRows& rows) {
  const auto repetitions = repetitions_of(requests);
  for (int row = 0; row < result.rows(); ++row) {
    const auto member = repetitions.at(static_cast<std::size_t>(result.integer(row, 0) - 1));
    rows.members[member].seen = outcome_named(result.octets(row, 1));
  }
}

std::set<std::int64_t> slots_in(const Result& result) {
  std::set<std::int64_t> out;
  for (int row = 0; row < result.rows(); ++row) {
    out.insert(result.integer(row, 0));
  }
  return out;
}

}  // namespace

bool lacks_any(AssignmentRequests requests, const Result& locked) {
  return slots_in(locked).size() < slots_of(requests).size();
}

Command unlocked_command(AssignmentRequests requests) { return assignments_command(requests, false); }

void mark_held(AssignmentRequests requests, const Result& locked, const Result& unlocked, AssignmentRows& rows) {
  const auto slots = slots_of(requests);
  const auto found = slots_in(locked);
  for (int row = 0; row < unlocked.rows(); ++row) {
    if (const auto slot = unlocked.integer(row, 0); !found.contains(slot)) {
      rows.members[slots.at(static_cast<std::size_t>(slot - 1)).member].held = unlocked.integer(row, 9);
    }
  }
}

Command restoration_command(AssignmentRequests requests) {
  return subscriptions_command(AssignmentSql::read_restoration, requests);
}

void read_restoration(const Result& result, AssignmentRows& rows) {
  Places places;
  for (std::size_t i = 0; i < rows.subscriptions.size(); ++i) {
    places.emplace(rows.subscriptions[i].row.id, i);
  }
  for (int row = 0; row < result.rows(); ++row) {
    if (const auto place = places.find(result.integer(row, 0)); place != places.end()) {
      add_contact(result, row, rows.subscriptions[place->second]);
    }
  }
}

bool lacks_restoration(AssignmentRequests requests, const AssignmentReading& reading, const AssignmentRows& rows) {
  if (reading.has_restoration) {
    return false;
  }
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto place = rows.members[i].subscription;
    if (place != none && !requests[i]->features.sent &&
        std::ranges::any_of(rows.subscriptions[place].associations, &AssociationRow::restoration_unannounced)) {
      return true;
    }
  }
  return false;
}

AssignmentReading reading_of(AssignmentRequests requests, std::chrono::seconds pending_max_age) {
  AssignmentReading out;
  out.takes_locks = std::ranges::any_of(
      requests, [](const ServerAssignmentRequest* request) { return request->type != AssignmentType::no_assignment; });
  out.has_restoration = std::ranges::any_of(requests, [](const ServerAssignmentRequest* request) {
    return request->features.common(feature::ims_restoration) || (request->restoration && !request->features.sent);
  });
  out.has_repetitions = std::ranges::any_of(requests, &ServerAssignmentRequest::retransmitted);
  out.commands.push_back(assignments_command(requests, out.takes_locks));
  out.commands.push_back(subscriptions_command(AssignmentSql::read_subscriptions, requests));
  out.commands.back().params.add(pending_max_age.count());
  if (out.has_restoration) {
    out.commands.push_back(restoration_command(requests));
  }
  if (out.has_repetitions) {
    out.commands.push_back(seen_command(requests));
  }
  return out;
}

AssignmentRows rows_of(AssignmentRequests requests, const AssignmentReading& reading, std::span<const Result> results) {
  AssignmentRows rows;
  const Places places = read_assignments(requests, results[0], rows);
  read_subscriptions(results[1], places, rows);
  if (reading.has_restoration) {
    read_restoration(results[2], rows);
  }
  if (reading.has_repetitions) {
    read_seen(requests, results.back(), rows);
  }
  return rows;
}

}  // namespace hss::pg
