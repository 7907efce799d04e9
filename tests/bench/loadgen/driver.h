// SPDX-License-Identifier: Apache-2.0
// Runs the load: opens the connections, keeps the window or the rate, collects the answers.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "connection.h"
#include "outstanding.h"
#include "settings.h"
#include "statistics.h"
#include "subscribers.h"
#include "verifier.h"

namespace bench {

struct ConnectError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Driver final : public ConnectionObserver {
 public:
  // The verifier may be null. Raising `stop` ends the run early, with a report.
  Driver(const Settings& settings, Verifier* verifier, const std::atomic<bool>& stop);
  ~Driver() override;
  Driver(const Driver&) = delete;  // connections refer to it
  Driver& operator=(const Driver&) = delete;

  Statistics run();  // throws ConnectError

 private:
  struct Channel;

  void answered(Connection& connection, const Header& header, Bytes message, std::uint64_t received_ns) override;
  void count_answer(const Request& request, Found found, std::uint64_t received_ns);
  void verify(const Channel& channel, const Request& request, std::uint64_t received_ns);

  void wait(std::uint64_t until_ns);
  void on_event(Channel& channel, std::uint32_t events);
  void tick();
  void tend(Channel& channel);
  void restart(Channel& channel);
  void connection_lost(Channel& channel);
  void begin_when_ready();

  [[nodiscard]] bool may_send() const;
  [[nodiscard]] bool finished() const;
  [[nodiscard]] bool stuck() const;
  void top_up(Channel& channel);
  void send_due();
  void send(Channel& channel, std::uint64_t due_ns);
  void write_request(Connection& connection, std::uint32_t id);
  [[nodiscard]] std::uint64_t due_time(std::uint64_t number) const;
  void say_goodbye();

  const Settings& settings_;
  Verifier* verifier_;
  const std::atomic<bool>& stop_;
  Subscribers subscribers_;
  int epoll_;
  std::vector<std::unique_ptr<Channel>> channels_;
  Statistics statistics_;
  Answer answer_{};

  std::uint64_t now_;  // of the current turn of the loop
  std::uint64_t next_tick_ns_ = 0;
  std::ptrdiff_t handshakes_ = 0;  // that are under way
  std::uint64_t born_ns_;
  std::uint64_t begun_ns_ = 0;  // 0: the load has not begun
  std::uint64_t measured_from_ns_ = 0;
  std::uint64_t last_answer_ns_;
  std::uint64_t due_sent_ = 0;  // open loop: how many requests of the schedule are done
  std::size_t turn_ = 0;        // open loop: whose turn it is
  std::uint32_t session_high_;
  std::string impi_;
  std::string impu_;
  std::string session_id_;
};

}  // namespace bench
