// SPDX-License-Identifier: Apache-2.0
// What the CSCFs of other makers need that the standard does not say, by Origin-Host (configuration: diameter.peer).
#pragma once

#include "hss/app/config.h"
#include "hss/app/outage_answers.h"
#include "hss/command.h"

#include <string_view>
#include <vector>

namespace hss::app {

// Immutable; any thread. Blocks nothing.
class Peers {
 public:
  explicit Peers(std::vector<PeerConfig> rows);

  // The first row whose pattern matches, or the defaults.
  [[nodiscard]] const PeerConfig& of(std::string_view origin_host) const noexcept;

 private:
  std::vector<PeerConfig> rows_;
  PeerConfig standard_;
};

// How this peer is told of an outage that keeps a request of this command from being served.
OutageAnswers outage_answers(const PeerConfig& peer, Command command) noexcept;

}  // namespace hss::app
