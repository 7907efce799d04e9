// SPDX-License-Identifier: Apache-2.0
// What a service manager hears, on a socket as systemd has it: ready, signs of life, and none when threads hang.
#include "hss/app/service_manager.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>

namespace {

using hss::app::ServiceManager;
using namespace std::chrono_literals;

// The socket that NOTIFY_SOCKET names.
class Listener : public ::testing::Test {
 protected:
  Listener() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = "quintet-notify-" + std::to_string(::getpid());
    name.copy(address.sun_path + 1, name.size());  // abstract: it leaves no file
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() override {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
    ::close(socket_);
  }

  // The next message; empty when none comes in that time.
  [[nodiscard]] std::string heard(std::chrono::milliseconds patience = 5s) const {
    pollfd waiting{socket_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) != 1) return "";
    std::array<char, 256> text{};
    const auto size = ::recv(socket_, text.data(), text.size(), 0);
    return {text.data(), static_cast<std::size_t>(size)};
  }
  static void watchdog_every(std::chrono::microseconds limit) {
    ::setenv("WATCHDOG_USEC", std::to_string(limit.count()).c_str(), 1);
  }

 private:
  int socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
};

TEST_F(Listener, hears_of_readiness_and_of_the_end) {
  ServiceManager manager;
  EXPECT_EQ(heard(0ms), "");
  manager.ready([] { return 0ns; });
  EXPECT_EQ(heard(), "READY=1");
  manager.stopping();
  EXPECT_EQ(heard(), "STOPPING=1");
  manager.stopping();
  EXPECT_EQ(heard(0ms), "");
}

TEST_F(Listener, hears_signs_of_life_while_no_thread_hangs) {
  watchdog_every(60ms);
  std::atomic<bool> hangs = false;
  ServiceManager manager;
  manager.ready([&]() -> std::chrono::steady_clock::duration { return hangs ? 60ms : 59ms; });
  EXPECT_EQ(heard(), "READY=1");
  EXPECT_EQ(heard(), "WATCHDOG=1");
  EXPECT_EQ(heard(), "WATCHDOG=1");
  hangs = true;
  while (!heard(100ms).empty()) {
  }
  EXPECT_EQ(heard(200ms), "");
  hangs = false;
  EXPECT_EQ(heard(), "WATCHDOG=1");
}

TEST_F(Listener, hears_none_where_nobody_asked) {
  ServiceManager manager;
  manager.ready([] { return 0ns; });
  EXPECT_EQ(heard(), "READY=1");
  EXPECT_EQ(heard(100ms), "");
}

}  // namespace
