// SPDX-License-Identifier: Apache-2.0
// How to reach the database and how long to wait for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace hss::pg {

struct Options {
  std::string conninfo;
  std::chrono::milliseconds statement_timeout{2000};
  std::chrono::milliseconds lock_timeout{1000};
  std::chrono::milliseconds connect_timeout{3000};
  std::uint64_t lead_jump = 65536;            // SEQ lead added in another incarnation of the database (hss/pg/gate.h)
  std::filesystem::path witness;              // file that remembers the highest lead; empty: only the process does
  unsigned ind_bits = 5;                      // of the numbers that are issued here
  std::string policy;                         // profile and index ranges, for people
  std::chrono::seconds pending_max_age{600};  // an authentication that began earlier is not pending any more
};

}  // namespace hss::pg
