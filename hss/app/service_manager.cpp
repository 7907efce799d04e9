// SPDX-License-Identifier: Apache-2.0
// Readiness and watchdog, through libsystemd.
#include "hss/app/service_manager.h"

#include "hsm/base/log.h"

#include <pthread.h>
#include <systemd/sd-daemon.h>

#include <cstdint>
#include <utility>

namespace hss::app {

void ServiceManager::ready(Silence silence) {
  silence_ = std::move(silence);
  sd_notify(0, "READY=1");
  std::uint64_t limit = 0;
  if (sd_watchdog_enabled(0, &limit) > 0) {
    thread_ = std::thread([this, limit] { watch(std::chrono::microseconds(limit)); });
  }
}

void ServiceManager::stopping() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(is_stopping_, true)) return;
  }
  ending_.notify_all();
  if (thread_.joinable()) thread_.join();
  sd_notify(0, "STOPPING=1");
}

// Three signs in the time that one is due: a machine under load may lose two.
void ServiceManager::watch(std::chrono::microseconds limit) {
  pthread_setname_np(pthread_self(), "quintet-systemd");
  std::unique_lock lock(mutex_);
  while (!ending_.wait_for(lock, limit / 3, [this] { return is_stopping_; })) {
    const auto silence = silence_();
    if (silence < limit) {
      sd_notify(0, "WATCHDOG=1");
    } else {
      base::log(base::event("threads_hang"), "", "silent_s={}",
                std::chrono::duration_cast<std::chrono::seconds>(silence).count());
    }
  }
}

}  // namespace hss::app
