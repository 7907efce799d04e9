// SPDX-License-Identifier: Apache-2.0
// Hears what the database notifies, over a connection of its own: a pooler would lose it.
#pragma once

#include "hsm/base/back_off.h"
#include "hss/pg/options.h"

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace hss::pg {

class Listener {
 public:
  // `heard` is called by the listener's thread, also after each opening of the connection: what came before may have
  // been missed. It must not block, and not throw.
  Listener(Options options, std::string channel, std::function<void()> heard);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();  // as stop()

  void start();
  // Blocks until the thread has ended: half a second, or as long as a connection takes to open. Idempotent.
  void stop();

 private:
  void run();
  void listen(base::BackOff& back_off);

  const Options options_;
  const std::string channel_;
  const std::function<void()> heard_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace hss::pg
