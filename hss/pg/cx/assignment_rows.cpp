// SPDX-License-Identifier: Apache-2.0
// Reading a batch of Server-Assignments: one row for each identity of a request, then the whole of each subscription.
#include "hss/pg/cx/assignment_rows.h"

#include "hss/pg/cursor.h"
#include "hss/pg/cx/assignment_restoration.h"
#include "hss/pg/cx/assignment_subscriptions.h"
#include "hss/pg/cx/identity_types.h"
#include "hss/pg/cx/whole_subscriptions.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

namespace hss::pg {
namespace {

// $1, $2 and $3: IMPI, identity and named wildcard of each row, NULL where the request has none.
#define QUINTET_ASSIGNMENTS \
  "SELECT r.n, i.id, t.id, t.subscription_id, u.type, u.wildcard, u.psi_active, u.loose_route,"                 \
  " u.privileged_sender, " QUINTET_WHOLE_SUBSCRIPTION                                                          \
  " FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS r (impi, impu, named, n)"                \
  " LEFT JOIN impi i ON i.identity = r.impi" QUINTET_FOUND_IMPU("r.impu", "r.named")                            \
  " JOIN subscription s ON s.id = coalesce(i.subscription_id, t.subscription_id)"                               \
  " LEFT JOIN charging_set c ON c.id = s.charging_set_id"                                                       \
  " ORDER BY s.id"

constexpr Statements statements{std::array{
    // ORDER BY stands below LockRows: locks are taken in the order of the ids, in every process. A row that somebody
    // else holds is left out; read_assignments then tells it from one that is not there.
    Statement{"lock_assignments", QUINTET_ASSIGNMENTS " FOR NO KEY UPDATE OF s SKIP LOCKED"},
    Statement{"read_assignments", QUINTET_ASSIGNMENTS},
    Statement{"read_subscriptions", QUINTET_PARTS_OF(QUINTET_SUBSCRIPTIONS, "$4")},
    // Tables that come and go stand in subqueries with OFFSET: so they are looked up for each row, never scanned. What
    // was registered by the request and ended by an RTR since, is to be judged anew.
    Statement{
        "read_requests_seen",
        "SELECT r.n, q.outcome"
        " FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[])"
        " WITH ORDINALITY AS r (host, id, asked, impi, impu, n)"
        " CROSS JOIN LATERAL"
        " (SELECT * FROM request_seen WHERE origin_host = r.host AND end_to_end = r.id OFFSET 0) q"
        " WHERE q.asked = sha256(convert_to(r.asked, 'UTF8')) AND NOT EXISTS ("
        "SELECT FROM impi i JOIN impu u ON u.identity = r.impu"
        " JOIN impi_set p ON p.impi_id = i.id AND p.set_id = u.set_id AND NOT p.registered"
        " CROSS JOIN LATERAL (SELECT w.settled_at, w.ends_impis, w.ends_sets, w.ends_generations FROM push w"
        " WHERE w.subscription_id = i.subscription_id AND w.kind = 'rtr' AND w.state IN ('done', 'given_up') OFFSET 0) "
        "w"
        " CROSS JOIN LATERAL unnest(w.ends_impis, w.ends_sets, w.ends_generations) AS e (impi_id, set_id, generation)"
        " WHERE i.identity = r.impi AND w.settled_at >= q.seen_at"
        " AND e.impi_id = p.impi_id AND e.set_id = p.set_id AND e.generation = p.generation OFFSET 0)"},
}};

#undef QUINTET_ASSIGNMENTS

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
  Command out{takes_locks ? statements["lock_assignments"] : statements["read_assignments"], {}};
  out.params.add(std::span<const std::optional<std::string_view>>(impis));
  out.params.add(std::span<const std::optional<std::string_view>>(impus));
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
  Texts impis;
  Texts impus;
  for (const std::size_t i : repetitions_of(requests)) {
    hosts.push_back(requests[i]->requester.host);
    ids.push_back(requests[i]->end_to_end);
    asked.push_back(asked_of(*requests[i]));
    impis.emplace_back(requests[i]->impi);
    impus.push_back(requests[i]->impus.empty() ? std::string_view() : requests[i]->impus.front());
  }
  const Texts asked_views(asked.begin(), asked.end());
  Command out{statements["read_requests_seen"], {}};
  out.params.add(std::span<const std::string_view>(hosts));
  out.params.add(std::span<const std::int64_t>(ids));
  out.params.add(std::span<const std::string_view>(asked_views));
  out.params.add(std::span<const std::string_view>(impis));
  out.params.add(std::span<const std::string_view>(impus));
  return out;
}

constexpr int identity_columns = 7;

FoundIdentity take_identity(Cursor& row) {
  FoundIdentity out;
  if (row.at_null()) {
    row.skip(identity_columns);
    return out;
  }
  row.read(out.set_id, out.subscription_id);
  out.type = identity_type_of(row.take<std::string_view>());
  row.read(out.wildcard, out.psi_active, out.loose_route, out.privileged_sender);
  return out;
}

Places read_assignments(AssignmentRequests requests, const Result& result, AssignmentRows& rows) {
  Places places;
  const auto slots = slots_of(requests);
  rows.members.resize(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    rows.members[i].impus.resize(requests[i]->impus.size());
  }
  for (Cursor row(result); row.next();) {
    const Slot& slot = slots.at(row.place());
    auto& member = rows.members[slot.member];
    member.impi_id = row.take<std::optional<std::int64_t>>().value_or(0);
    auto identity = take_identity(row);
    if (slot.impu) {
      member.impus[*slot.impu] = std::move(identity);
    }
    auto subscription = take_whole_subscription(row);
    const auto [place, is_new] = places.try_emplace(subscription.row.id, rows.subscriptions.size());
    if (is_new) {
      rows.subscriptions.push_back(std::move(subscription));
    }
    member.subscription = place->second;
  }
  return places;
}

void read_seen(AssignmentRequests requests, const Result& result, AssignmentRows& rows) {
  const auto repetitions = repetitions_of(requests);
  for (Cursor row(result); row.next();) {
    const auto member = repetitions.at(row.place());
    rows.members[member].seen = outcome_named(row.take<std::string_view>());
  }
}

std::set<std::size_t> slots_in(const Result& result) {
  std::set<std::size_t> out;
  for (Cursor row(result); row.next();) {
    out.insert(row.place());
    row.leave();
  }
  return out;
}

}  // namespace

std::span<const Statement> assignment_statements() { return statements; }

bool lacks_any(AssignmentRequests requests, const Result& locked) {
  return slots_in(locked).size() < slots_of(requests).size();
}

Command unlocked_command(AssignmentRequests requests) { return assignments_command(requests, false); }

void mark_held(AssignmentRequests requests, const Result& locked, const Result& unlocked, AssignmentRows& rows) {
  const auto slots = slots_of(requests);
  const auto found = slots_in(locked);
  for (Cursor row(unlocked); row.next();) {
    const auto slot = row.place();
    row.skip();  // the IMPI
    take_identity(row);
    const auto subscription = row.take<std::int64_t>();
    row.leave();
    if (!found.contains(slot)) {
      rows.members[slots.at(slot).member].held = subscription;
    }
  }
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
  out.commands.push_back(subscriptions_command(statements["read_subscriptions"], requests));
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
  read_parts(results[1], places, rows);
  if (reading.has_restoration) {
    read_restoration(results[2], rows);
  }
  if (reading.has_repetitions) {
    read_seen(requests, results.back(), rows);
  }
  return rows;
}

}  // namespace hss::pg
