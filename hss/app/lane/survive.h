// SPDX-License-Identifier: Apache-2.0
// What lets a worker's thread outlive a piece of its work.
#pragma once

#include "hsm/base/log.h"

#include <exception>

namespace hss::app {

// Memory ran out, or we made a mistake: that is logged, and what `act` was working on is dropped, so that its requests
// tell of an outage by themselves (PendingRequest).
template <typename Act>
void survive(const Act& act) {
  try {
    act();
  } catch (const std::exception& error) {
    base::log(base::event("work_dropped"), error.what(), "error=\"{}\"", error.what());
  }
}

}  // namespace hss::app
