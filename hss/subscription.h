// SPDX-License-Identifier: Apache-2.0
// Rows of a subscription's registration: its S-CSCF, its implicit registration sets, and the IMPIs associated with
// them.
#pragma once

#include "hss/requester.h"

#include <cstdint>
#include <optional>
#include <string>

namespace hss {

struct SubscriptionRow {
  std::int64_t id = 0;
  std::optional<std::string> scscf_name;
  Requester scscf;  // Diameter address that came with the name
  bool reassignment_pending = false;
  bool changed = false;
  std::optional<Requester> replaced;  // the address that the name had before this transaction gave it to another S-CSCF
};

enum class RegistrationState : std::uint8_t { not_registered, registered, unregistered };

struct SetRow {
  std::int64_t id = 0;
  RegistrationState state = RegistrationState::not_registered;
};

// An IMPI's association with an implicit registration set.
struct ImpiSetRow {
  std::int64_t impi_id = 0;
  std::int64_t set_id = 0;
  bool auth_pending = false;
  bool registered = false;
  bool changed = false;
  bool pending_is_old = false;  // half of the time that it counts has passed, or more
};

}  // namespace hss
