// How to reach the database and how long to wait for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace hss::pg {

struct Options {
  std::string conninfo;
  std::chrono::milliseconds statement_timeout{2000};
  std::chrono::milliseconds lock_timeout{1000};
  std::chrono::milliseconds connect_timeout{3000};
  std::uint64_t lead_jump = 65536;  // SEQ lead added when timeline or system identifier changed
};

}  // namespace hss::pg
