// SPDX-License-Identifier: Apache-2.0
// How a batch of Server-Assignments names its subscriptions in SQL. Private to the files that read their rows.
#pragma once

#include "hss/pg/cx/assignment_rows.h"

// The identity itself; or the wildcard that the request names, if it still matches; or else the wildcard with the
// longest literal beginning (TS 29.228 table 6.1.2.1, TS 23.003 13.4A, 13.5).
#define QUINTET_FOUND_IMPU(identity, named)                                                                          \
  " LEFT JOIN LATERAL ("                                                                                             \
  "(SELECT d.type, d.set_id, CASE WHEN d.wildcard_prefix IS NOT NULL THEN d.identity END AS wildcard, d.psi_active," \
  " d.loose_route, d.privileged_sender FROM impu d WHERE d.identity = " identity                                     \
  ")"                                                                                                                \
  " UNION ALL "                                                                                                      \
  "(SELECT n.type, n.set_id, n.identity, n.psi_active, n.loose_route, n.privileged_sender"                           \
  " FROM impu n WHERE n.identity = " named " AND " identity                                                          \
  " ~ n.wildcard_pattern)"                                                                                           \
  " UNION ALL "                                                                                                      \
  "(SELECT w.type, w.set_id, w.identity, w.psi_active, w.loose_route, w.privileged_sender"                           \
  " FROM impu w WHERE w.wildcard_prefix = ANY (prefixes(" identity ")) AND " identity                                \
  " ~ w.wildcard_pattern"                                                                                            \
  " ORDER BY length(w.wildcard_prefix) DESC, w.id LIMIT 1)"                                                          \
  " LIMIT 1) u ON true LEFT JOIN registration_set t ON t.id = u.set_id"

// $1: IMPIs; $2: identities of requests that have none, $3: the wildcards that these name.
#define QUINTET_SUBSCRIPTIONS                                                                              \
  "(SELECT i.subscription_id AS id FROM unnest($1::text[]) AS r (impi) JOIN impi i ON i.identity = r.impi" \
  " UNION "                                                                                                \
  "SELECT t.subscription_id FROM unnest($2::text[], $3::text[]) AS r (impu, named)" QUINTET_FOUND_IMPU(    \
      "r.impu", "r.named") " WHERE t.subscription_id IS NOT NULL) s"

namespace hss::pg {

// The parameters of QUINTET_SUBSCRIPTIONS. A subscription is found by the IMPI, and by the identities only where there
// is none.
Command subscriptions_command(const Statement* statement, AssignmentRequests requests);

}  // namespace hss::pg
