// SPDX-License-Identifier: Apache-2.0
// The one place where an outage becomes an answer, or none.
#pragma once

#include "hss/outcome.h"

#include <optional>

namespace hss::app {

// What is said instead of the two outcomes that tell of an outage; nothing: the request is dropped. All other outcomes
// are about the subscriber or the request and stay what they are.
struct OutageAnswers {
  std::optional<Outcome> passing = Outcome::too_busy;        // instead of too_busy
  std::optional<Outcome> lasting = Outcome::out_of_service;  // instead of out_of_service

  [[nodiscard]] constexpr std::optional<Outcome> told(Outcome outcome) const noexcept {
    switch (outcome) {
      case Outcome::too_busy:
        return passing;
      case Outcome::out_of_service:
        return lasting;
      default:
        return outcome;
    }
  }
};

}  // namespace hss::app
