// SPDX-License-Identifier: Apache-2.0
// One clock for all bench programs: CLOCK_MONOTONIC, which every process of a machine shares.
#pragma once

#include <ctime>

#include <cstdint>

namespace bench {

constexpr std::uint64_t ns_per_s = 1'000'000'000;
constexpr std::uint64_t ns_per_ms = 1'000'000;

inline std::uint64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * ns_per_s + static_cast<std::uint64_t>(t.tv_nsec);
}

inline std::uint64_t process_cpu_ns() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * ns_per_s + static_cast<std::uint64_t>(t.tv_nsec);
}

inline std::uint64_t seconds_to_ns(double seconds) {
  return static_cast<std::uint64_t>(seconds * static_cast<double>(ns_per_s));
}

inline double ns_to_seconds(std::uint64_t ns) { return static_cast<double>(ns) / static_cast<double>(ns_per_s); }

}  // namespace bench
