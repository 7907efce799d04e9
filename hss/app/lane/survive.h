// SPDX-License-Identifier: Apache-2.0
// What lets a worker's thread outlive a piece of its work.
#pragma once

#include "hsm/base/log_limit.h"

#include <spdlog/spdlog.h>

#include <exception>

namespace hss::app {

// Memory ran out, or we made a mistake: that is logged, and what `act` was working on is dropped, so that its requests
// tell of an outage by themselves (PendingRequest).
template <typename Act>
void survive(base::LogLimit& limit, const Act& act) {
  try {
    act();
  } catch (const std::exception& error) {
    if (const auto held_back = limit.pass(error.what())) {
      spdlog::error("work_dropped error=\"{}\" held_back={}", error.what(), *held_back);
    }
  }
}

}  // namespace hss::app
