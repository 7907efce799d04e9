// SPDX-License-Identifier: Apache-2.0
// Subscriptions with everything that decides on a registration, out of two results: the rows themselves, and their
// parts.
#pragma once

#include "hss/cx/assignment_store.h"
#include "hss/pg/connection.h"
#include "hss/pg/cursor.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

// Columns of a subscription s and its charging set c.
#define QUINTET_WHOLE_SUBSCRIPTION                                           \
  "s.id, s.scscf_name, s.scscf_host, s.scscf_realm, s.reassignment_pending," \
  " c.id, c.revision, c.primary_ecf, c.secondary_ecf, c.primary_ccf, c.secondary_ccf"

// Rows of two kinds: IMPIs of a subscription, and its sets with the IMPIs associated. `which` gives ids as s;
// `max_age`: seconds that an authentication is pending.
#define QUINTET_PARTS_OF(which, max_age)                                                                          \
  "SELECT s.id, x.impi_id, x.identity, x.set_id, x.state, x.set_generation, x.set_assigned, x.pending,"           \
  " x.registered, x.pending_is_old, x.unannounced, x.generation, x.assigned, x.told, x.told_revision,"            \
  " x.told_form, x.told_default, x.told_unasked"                                                                  \
  " FROM " which                                                                                                  \
  " CROSS JOIN LATERAL ("                                                                                         \
  "SELECT i.id AS impi_id, i.identity, NULL::bigint AS set_id, NULL::registration_state AS state,"                \
  " 0::bigint AS set_generation, NULL::bigint AS set_assigned, false AS pending, false AS registered,"            \
  " false AS pending_is_old, false AS unannounced, 0::bigint AS generation, NULL::bigint AS assigned,"            \
  " NULL::bytea AS told, NULL::bigint AS told_revision, 0::smallint AS told_form, NULL::text AS told_default,"    \
  " false AS told_unasked FROM impi i WHERE i.subscription_id = s.id"                                             \
  " UNION ALL "                                                                                                   \
  "SELECT p.impi_id, NULL, t.id, t.state, t.generation,"                                                          \
  " (extract(epoch FROM now() - t.assigned_at) * 1000)::bigint,"                                                  \
  " is_pending(p.auth_pending, p.pending_since, " max_age                                                         \
  "::bigint), p.registered,"                                                                                      \
  " p.auth_pending AND NOT is_pending(p.auth_pending, p.pending_since, " max_age                                  \
  "::bigint),"                                                                                                    \
  " p.restoration_unannounced, p.generation, (extract(epoch FROM now() - p.assigned_at) * 1000)::bigint, p.told," \
  " p.told_revision, p.told_form, p.told_default, p.told_unasked"                                                 \
  " FROM registration_set t LEFT JOIN impi_set p ON p.set_id = t.id WHERE t.subscription_id = s.id) x"

namespace hss::pg {

// What a connection has to have prepared.
std::span<const Statement> whole_subscription_statements();

// The columns of QUINTET_WHOLE_SUBSCRIPTION.
AssignedSubscription take_whole_subscription(Cursor& row);

// Where a subscription stands in the rows.
using Places = std::map<std::int64_t, std::size_t>;
void read_parts(const Result& result, const Places& places, AssignmentRows& rows);

// Locks those of these (ids ascending) that nobody else holds, then reads all that belongs to them; two commands, and
// the rows that their results make.
std::vector<Command> whole_subscription_commands(std::span<const std::int64_t> ids,
                                                 std::chrono::seconds pending_max_age);
AssignmentRows whole_subscriptions(std::span<const Result> results);

}  // namespace hss::pg
