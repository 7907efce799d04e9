// SPDX-License-Identifier: Apache-2.0
// What a flood has left goes back to the system.
#include "diameter_ext/spare_memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
constexpr std::size_t mebi = std::size_t{1} << 20U;

std::size_t resident() {
  std::size_t all = 0;
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> all >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Messages of a flood, of which here and there one stays. In a thread of its own, as freeDiameter's are: an arena whose
// end is free gives that back by itself.
std::vector<std::unique_ptr<char[]>> flood(std::size_t octets) {
  constexpr std::size_t length = 2048;
  std::vector<std::unique_ptr<char[]>> kept;
  std::thread([&] {
    std::vector<std::unique_ptr<char[]>> all;
    for (std::size_t i = 0; i < octets / length; ++i) {
      all.push_back(std::make_unique<char[]>(length));
    }
    for (std::size_t i = 0; i < all.size(); i += 64) {
      kept.push_back(std::move(all[i]));
    }
  }).join();
  return kept;
}

TEST(SpareMemory, goes_back_after_a_flood) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the allocator is another";
#endif
  diameter_ext::bound_arenas();
  const auto before = resident();
  const auto kept = flood(160 * mebi);
  ASSERT_GT(resident(), before + 120 * mebi) << "the allocator keeps it";
  const diameter_ext::SpareMemory memory(50ms);
  for (int i = 0; i < 1000 && resident() > before + 40 * mebi; ++i) {
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_LT(resident(), before + 40 * mebi);
}

}  // namespace
