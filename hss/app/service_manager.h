// SPDX-License-Identifier: Apache-2.0
// What systemd hears of the server (sd_notify(3)): ready, alive, stopping. Without systemd nothing is said.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace hss::app {

class ServiceManager {
 public:
  using Silence = std::function<std::chrono::steady_clock::duration()>;

  ServiceManager() = default;
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ~ServiceManager() { stopping(); }

  // Requests are served from now on. Where the unit has WatchdogSec, a thread begins that says so again and again, as
  // long as `silence` is shorter than that: so a server whose threads hang is ended and started anew.
  void ready(Silence silence);
  // Idempotent; afterwards `silence` is not called any more.
  void stopping();

 private:
  void watch(std::chrono::microseconds limit);

  Silence silence_;
  std::mutex mutex_;
  std::condition_variable ending_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace hss::app
