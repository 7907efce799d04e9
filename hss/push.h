// SPDX-License-Identifier: Apache-2.0
// RTR and PPR that are due: rows of the outbox, written in the transaction that made them so (TS 29.228 6.1.3, 6.2.2).
#pragma once

#include "hss/requester.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hss {

enum class PushKind : std::uint8_t { rtr, ppr };

// Reason-Code (TS 29.229 6.3.17); the numbers are those of the wire.
enum class DeregistrationReason : std::uint8_t {
  permanent_termination,
  new_server_assigned,
  server_change,
  remove_s_cscf,
};

struct Push {
  PushKind kind = PushKind::rtr;
  std::int64_t subscription_id = 0;            // whose identities it names
  Requester destination;                       // the S-CSCF's Diameter address
  std::string impi;                            // User-Name: one that this S-CSCF knows
  std::vector<std::string> associated;         // further IMPIs concerned (Associated-Identities)
  std::vector<std::string> impus;              // always listed: some S-CSCFs act on nothing else
  std::optional<DeregistrationReason> reason;  // of an RTR, and only of one
  std::string reason_info;
};

// What of a subscription is registered at its S-CSCF.
struct RegisteredIdentities {
  std::int64_t subscription_id = 0;
  std::vector<std::string> impis;
  std::vector<std::string> impus;  // distinct ones of all registered sets; they stand for the sets' wildcards
};

// The RTR that is due when another S-CSCF has taken over (TS 29.228 8.1). Nothing if nothing was registered there, or
// if old and new name are of one Diameter node, which knows by itself.
std::optional<Push> push_to_replaced(const Requester& before, const Requester& now,
                                     const RegisteredIdentities& registered);

}  // namespace hss
