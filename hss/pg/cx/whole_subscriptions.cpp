// SPDX-License-Identifier: Apache-2.0
// From rows of several kinds to subscriptions.
#include "hss/pg/cx/whole_subscriptions.h"

#include "hss/pg/cx/told_form.h"
#include "hss/pg/words.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hss::pg {
namespace {

constexpr Statements statements{std::array{
    Statement{
        "lock_whole_subscriptions",
        "SELECT " QUINTET_WHOLE_SUBSCRIPTION
        " FROM subscription s LEFT JOIN LATERAL (SELECT * FROM charging_set WHERE id = s.charging_set_id OFFSET 0) c"
        " ON true"
        " WHERE s.id = ANY ($1::bigint[]) ORDER BY s.id FOR NO KEY UPDATE OF s SKIP LOCKED"},
    Statement{"read_whole_subscriptions", QUINTET_PARTS_OF("unnest($1::bigint[]) AS s (id)", "$2")},
}};

struct SetOfRow {
  std::optional<std::int64_t> id;
  std::optional<std::string_view> state;
  std::int64_t generation = 0;
  std::optional<std::int64_t> assigned_ms_ago;
};

Told take_told(Cursor& row) {
  Told out;
  row.read(out.digest);
  const auto revision = row.take<std::optional<std::int64_t>>();
  out.revision = revision.value_or(0);
  out.is_by_older = !out.digest.empty() && !revision;
  out.form = told_form_of(row.take<std::int64_t>());
  row.read(out.default_identity, out.is_unasked);
  return out;
}

// The rest of a row behind its set, which comes once for each IMPI associated with it, one after the other.
void take_association(Cursor& row, std::optional<std::int64_t> impi_id, const SetOfRow& set, AssignedSubscription& to) {
  if (to.sets.empty() || to.sets.back().id != *set.id) {
    to.sets.push_back({*set.id, state_of(*set.state), false, set.generation, set.assigned_ms_ago});
  }
  if (!impi_id) {
    row.leave();
    return;
  }
  AssociationRow& association = to.associations.emplace_back();
  association.impi_id = *impi_id;
  association.set_id = *set.id;
  row.read(association.auth_pending, association.registered, association.pending_is_old,
           association.restoration_unannounced, association.generation, association.assigned_ms_ago);
  association.told = take_told(row);
}

// The rest of a row behind its subscription.
void take_impi_or_set(Cursor& row, AssignedSubscription& to) {
  std::optional<std::int64_t> impi_id;
  std::string identity;
  SetOfRow set;
  row.read(impi_id, identity, set.id, set.state, set.generation, set.assigned_ms_ago);
  if (set.id) {
    take_association(row, impi_id, set, to);
  } else {
    to.impis.push_back({*impi_id, std::move(identity)});
    row.leave();
  }
}

}  // namespace

std::span<const Statement> whole_subscription_statements() { return statements; }

AssignedSubscription take_whole_subscription(Cursor& row) {
  AssignedSubscription out;
  row.read(out.row.id, out.row.scscf_name, out.row.scscf.host, out.row.scscf.realm, out.row.reassignment_pending);
  const bool has_charging = row.take<std::optional<std::int64_t>>().has_value();
  out.charging_revision = row.take<std::optional<std::int64_t>>().value_or(0);
  ChargingInformation charging;
  row.read(charging.primary_event, charging.secondary_event, charging.primary_collection,
           charging.secondary_collection);
  if (has_charging) {
    out.charging = std::move(charging);
  }
  return out;
}

void read_parts(const Result& result, const Places& places, AssignmentRows& rows) {
  for (Cursor row(result); row.next();) {
    const auto place = places.find(row.take<std::int64_t>());
    if (place == places.end()) {
      row.leave();  // it is held, or an identity was provisioned once more meanwhile
    } else {
      take_impi_or_set(row, rows.subscriptions[place->second]);
    }
  }
  for (AssignedSubscription& subscription : rows.subscriptions) {
    std::ranges::sort(subscription.impis, {}, &PrivateIdentityRow::id);
  }
}

std::vector<Command> whole_subscription_commands(std::span<const std::int64_t> ids,
                                                 std::chrono::seconds pending_max_age) {
  std::vector<Command> out{{statements["lock_whole_subscriptions"], {}}, {statements["read_whole_subscriptions"], {}}};
  out[0].params.add(ids);
  out[1].params.add(ids);
  out[1].params.add(pending_max_age.count());
  return out;
}

AssignmentRows whole_subscriptions(std::span<const Result> results) {
  AssignmentRows rows;
  Places places;
  for (Cursor row(results[0]); row.next();) {
    rows.subscriptions.push_back(take_whole_subscription(row));
    places.emplace(rows.subscriptions.back().row.id, rows.subscriptions.size() - 1);
  }
  read_parts(results[1], places, rows);
  return rows;
}

}  // namespace hss::pg
