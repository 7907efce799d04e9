// SPDX-License-Identifier: Apache-2.0
// Puts a fault into good records, to show that the check finds it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "../lib/sqn_log.h"
#include "check.h"

namespace bench {

struct Fault {
  std::string_view name;
  std::string_view meaning;
  bool (*plant)(std::vector<SqnRecord>&);  // false: these records offer no place for it
  std::uint64_t Verdict::*counter;         // where the check must show it
};

extern const std::array<Fault, 5> faults;

// Good records as two servers might have produced them: overlapping requests, one to three vectors an answer.
std::vector<SqnRecord> good_records();

}  // namespace bench
