// SPDX-License-Identifier: Apache-2.0
// Pieces of statements that write PPRs. Private to the files that find out whom a change concerns.
//
// Tables that come and go are looked up in subqueries with OFFSET: so, whatever they held when a statement was planned,
// they are looked up for each row, never scanned.
#pragma once

// A PPR for each set as "t" of a subscription as "s", but where one is waiting already that nobody has begun to send:
// that will be made of what is there then. `impi`: an id for that private identity, NULL for whichever.
#define QUINTET_PPR_UNLESS_WAITING(impi)                                                         \
  " s.scscf_host IS NOT NULL AND t.state <> 'not_registered' AND NOT EXISTS (SELECT FROM push w" \
  " WHERE w.set_id = t.id AND w.state = 'waiting' AND w.kind = 'ppr'"                            \
  " AND w.destination_host = s.scscf_host AND w.impi_id IS NOT DISTINCT FROM " impi              \
  " AND (w.lease_until IS NULL OR w.lease_until <= now()) OFFSET 0)"
#define QUINTET_PPR_COLUMNS "push (kind, cause, subscription_id, set_id, destination_host, destination_realm)"
// Nobody of the set was told all that there is.
#define QUINTET_IS_BEHIND                                                                \
  " AND NOT EXISTS (SELECT FROM impi_set p WHERE p.set_id = t.id AND p.told IS NOT NULL" \
  " AND NOT p.told_unasked AND p.told_revision = revision_of_set(t.id) OFFSET 0)"
