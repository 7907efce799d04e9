// SPDX-License-Identifier: Apache-2.0
// What is resident and not in use, as the allocator of glibc sees it.
#include "diameter_ext/spare_memory.h"

#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <fstream>
#include <utility>

namespace diameter_ext {
namespace {

constexpr int most_arenas = 4;
constexpr std::size_t much = std::size_t{64} << 20U;

// In octets; 0 when it cannot be told.
std::size_t resident() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  std::size_t pages = 0;
  file >> all >> pages;
  return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Freed memory stays free after it was given back, but is resident no longer.
std::size_t spare() {
  const auto info = mallinfo2();
  const std::size_t used = info.uordblks + info.hblkhd;
  const std::size_t all = resident();
  return all < used ? 0 : std::min<std::size_t>(info.fordblks, all - used);
}

// Of the process, since it began.
std::chrono::milliseconds work_done() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::seconds(time.tv_sec) +
                                                               std::chrono::nanoseconds(time.tv_nsec));
}

}  // namespace

void bound_arenas() noexcept { mallopt(M_ARENA_MAX, most_arenas); }

SpareMemory::SpareMemory(std::chrono::milliseconds interval) : interval_(interval), thread_([this] { run(); }) {}

SpareMemory::~SpareMemory() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ending_.notify_all();
  thread_.join();
}

void SpareMemory::run() {
  pthread_setname_np(pthread_self(), "quintet-memory");
  auto before = work_done();
  std::size_t cannot = 0;  // be given back: pages of which something is in use
  std::unique_lock lock(mutex_);
  while (!ending_.wait_for(lock, interval_, [this] { return stopping_; })) {
    const auto begun = std::exchange(before, work_done());
    if (before - begun > interval_ / 10) {
      continue;
    }
    const std::size_t now = spare();
    cannot = std::min(cannot, now);
    if (now > cannot + much) {
      malloc_trim(0);
      cannot = spare();
    }
  }
}

}  // namespace diameter_ext
