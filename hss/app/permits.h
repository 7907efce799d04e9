// SPDX-License-Identifier: Apache-2.0
// Which peer may ask what: acceptance of a connection, and of each request on it (configuration: diameter.permit).
#pragma once

#include "hss/app/config.h"
#include "hss/command.h"
#include "hss/requester.h"

#include <string>
#include <string_view>
#include <vector>

namespace hss::app {

// "*" matches everything, "*.realm" every host or realm below that one, anything else only itself; without regard to
// case (RFC 6733 4.3.1: DiameterIdentity). The configuration admits no other wildcard.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view identity) noexcept;

// Immutable; any thread. Blocks nothing.
class Permits {
 public:
  // Without a row in `config.permits` hosts of the server's own realm may ask everything of Cx.
  Permits(const DiameterConfig& config, const std::string& own_realm);

  // Whether this host may connect: something is permitted to it, or it is an agent. Otherwise 3010 (RFC 6733 5.3).
  [[nodiscard]] bool may_connect(std::string_view host) const noexcept;

  // Whether somebody may ask a command of this application ("Cx"); one that nobody may need not be advertised.
  [[nodiscard]] bool offers(std::string_view application) const noexcept;

  // Why a request that came over the connection of `peer` is refused with 5003 (RFC 6733 7.1.5); null: it is not.
  // A peer speaks for itself only, an agent for every host that may ask this.
  [[nodiscard]] const char* refusal(std::string_view peer, const Requester& origin, Command command) const noexcept;

 private:
  std::vector<Permit> permits_;
  std::vector<std::string> agents_;
};

}  // namespace hss::app
