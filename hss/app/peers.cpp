// SPDX-License-Identifier: Apache-2.0
// Rows of diameter.peer, and what an outage is answered with where none says it.
#include "hss/app/peers.h"

#include "hss/app/permits.h"

#include <algorithm>
#include <utility>

namespace hss::app {
namespace {

// An I-CSCF hears 5012 and an S-CSCF 3004. To the I-CSCFs of Kamailio and Oracle 3004 is a code like any unknown one:
// the UE gets 403 Forbidden, which it takes as final, whereas 5012 becomes 500 and it tries again. Their S-CSCFs make
// no difference between the two, so they are told what RFC 6733 7.1.3 has for it, on which an agent tries another
// server.
constexpr Outcome passing_outage_of(Command command) {
  const bool is_of_icscf = command == hss::command("Cx", "UAR") || command == hss::command("Cx", "LIR");
  return is_of_icscf ? Outcome::out_of_service : Outcome::too_busy;
}

}  // namespace

Peers::Peers(std::vector<PeerConfig> rows) : rows_(std::move(rows)) {}

const PeerConfig& Peers::of(std::string_view origin_host) const noexcept {
  const auto row = std::ranges::find_if(rows_, [&](const PeerConfig& one) { return matches(one.peer, origin_host); });
  return row == rows_.end() ? standard_ : *row;
}

OutageAnswers outage_answers(const PeerConfig& peer, Command command) noexcept {
  const auto& busy = peer.busy[index_of(command)];
  if (!busy) {
    return {passing_outage_of(command), Outcome::out_of_service};
  }
  switch (*busy) {
    case Busy::too_busy:
      return {Outcome::too_busy, Outcome::too_busy};
    case Busy::unable_to_comply:
      return {Outcome::out_of_service, Outcome::out_of_service};
    case Busy::none:
      break;
  }
  return {std::nullopt, std::nullopt};
}

}  // namespace hss::app
