// SPDX-License-Identifier: Apache-2.0
// What becomes of pushes that were answered, or not, in one transaction (TS 29.228 6.1.3, 6.2.2).
#pragma once

#include "hss/cx/push_preparation.h"

#include <string>
#include <vector>

namespace hss {

struct AnsweredPush {
  SentPush sent;
  PushAnswer answer;             // without a code: none came in time
  bool is_late = false;          // it came after it had been taken for lost
  bool silence_is_done = false;  // of a peer that answers less than it does
};

struct SettledPushes {
  std::vector<AnsweredPush> held;  // to be settled later: somebody holds the subscription
  struct GivenUp {
    PushRow push;
    std::string why;
  };
  std::vector<GivenUp> given_up;  // for the log
  std::size_t done = 0;
  std::size_t again = 0;
};

// On return it is committed. Throws StoreError.
SettledPushes settle_pushes(PushTransaction& transaction, std::vector<AnsweredPush> answered);

// For people.
std::string text_of(const PushAnswer& answer);

// How long after this attempt the next one is due: a second, doubled each time up to a minute.
std::chrono::milliseconds pause_after(std::int64_t attempt) noexcept;

}  // namespace hss
