// SPDX-License-Identifier: Apache-2.0
// Judges recorded sequence numbers: none twice, none out of order, one IND per answer.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "../lib/sqn_log.h"

namespace bench {

// SEQ is what a card compares (TS 33.102 C.2.2), so a repeated SEQ under another IND is a fault as well.
struct Verdict {
  std::uint64_t vectors = 0;
  std::uint64_t answers = 0;
  std::uint64_t subscribers = 0;
  std::uint64_t repeated_seq = 0;
  std::uint64_t repeated_sqn = 0;       // the part of these with the same IND
  std::uint64_t order_breaches = 0;     // sent after an answer was received, yet not above it
  std::uint64_t unordered_answers = 0;  // SEQ does not rise from item to item
  std::uint64_t mixed_ind_answers = 0;  // IND changes from item to item
  std::vector<std::string> examples;    // the first few faults in words

  [[nodiscard]] std::uint64_t faults() const {
    return repeated_seq + order_breaches + unordered_answers + mixed_ind_answers;
  }
};

// Records of one answer must be neighbours, with answers numbered apart over all files.
Verdict judge(std::span<const SqnRecord> records);

}  // namespace bench
