// SPDX-License-Identifier: Apache-2.0
// Gives memory back to the system after a flood: the allocator keeps what was freed, in each of its arenas.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace diameter_ext {

// Few arenas, so that what one thread has freed serves another. To be called before there are threads.
void bound_arenas() noexcept;

// A thread that looks now and then, and gives back what is free when it is much and the process has little to do:
// whoever allocates meanwhile waits for it, 100 MiB may take half a second.
class SpareMemory {
 public:
  explicit SpareMemory(std::chrono::milliseconds interval = std::chrono::seconds(2));
  SpareMemory(const SpareMemory&) = delete;  // its thread holds its address
  SpareMemory& operator=(const SpareMemory&) = delete;
  ~SpareMemory();

 private:
  void run();

  const std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable ending_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace diameter_ext
