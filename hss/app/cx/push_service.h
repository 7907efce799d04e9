// SPDX-License-Identifier: Apache-2.0
// The thread that finds out whom changes concern, sends what is due, and sees to it that it arrives (TS 29.228 6.1.3,
// 6.2.2).
#pragma once

#include "hss/app/cx/push_flight.h"
#include "hss/app/cx/push_port.h"
#include "hss/app/cx/user_documents.h"
#include "hss/app/metrics.h"
#include "hss/app/peers.h"
#include "hss/app/token_thread.h"
#include "hss/cx/push_settlement.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace hss::app {

struct PushSettings {
  std::chrono::milliseconds timeout{5000};   // for an answer
  std::size_t window = 256;                  // on their way to one destination
  std::size_t rate = 2000;                   // a second, to one destination
  std::chrono::milliseconds settling{1000};  // how long an answer to a Server-Assignment may be on its way
  std::size_t profiles = 4096;               // texts of service profiles kept
  std::chrono::seconds give_up{3600};        // how long a push may wait
};

// Counted since the process began.
struct PushCounts {
  std::atomic<std::uint64_t> terminations{0};  // sent
  std::atomic<std::uint64_t> profiles{0};
  std::atomic<std::uint64_t> done{0};
  std::atomic<std::uint64_t> again{0};
  std::atomic<std::uint64_t> given_up{0};
};

class OpenedDigests;

class PushService final : public PushHearer {
 public:
  // All must outlive this object.
  PushService(std::unique_ptr<PushStore> store, TokenThreads& token, const Peers& peers, PushPort& port,
              PushSettings settings);
  PushService(const PushService&) = delete;
  PushService& operator=(const PushService&) = delete;
  ~PushService() override;  // as stop()

  void start();
  // Ends after what the thread is just about; what is on its way is claimed again by whoever comes. Idempotent.
  void stop();

  // There may be something to do. Any thread; does not block.
  void wake() { flights_.wake(); }
  void hear(std::uint64_t key, PushAnswer answer) noexcept override;

  // What has been counted.
  void add_to(Samples& out) const;

 private:
  using Clock = std::chrono::steady_clock;
  // What is left for a destination of its rate.
  struct Allowance {
    double left = 0;
    Clock::time_point at;
    std::optional<Clock::time_point> lacked_since;  // nobody reaches it from here
  };

  void run();
  // Does a part of the work. True: there is more to do at once. What fails is reported, and does not keep others from
  // theirs.
  template <typename Part>
  bool try_part(const Part& part);
  bool work();
  bool work_off_changes();
  bool send_due();
  bool send_to(const PushStore::Destination& destination);
  Allowance& allowance_of(const std::string& host);
  std::size_t room_for(const std::string& host);
  bool is_lost(const std::string& host);
  // How many were sent.
  std::size_t prepare(const std::vector<PushRow>& pushes, bool is_reachable, BootClock::time_point lease_ends);
  std::size_t prepare_each(const std::vector<PushRow>& pushes, bool is_reachable, BootClock::time_point lease_ends);
  void put_back(const PushRow& push, const StoreError& error);
  void send(PreparedPush push, BootClock::time_point lease_ends);
  void send_opened();
  template <typename Request>
  void ask(SentPush sent, const Request& request, BootClock::time_point lease_ends);
  void land_unsent(SentPush sent, std::string why);
  bool settle();
  void settle_each(const std::vector<AnsweredPush>& answered);
  void take_in(SettledPushes settled);
  void do_housekeeping();

  std::unique_ptr<PushStore> store_;
  TokenThreads& token_;
  const Peers& peers_;
  PushPort& port_;
  const PushSettings settings_;
  UserDocuments documents_;
  Flights flights_;
  PushCounts counts_;
  std::map<std::string, Allowance> allowances_;
  std::vector<AnsweredPush> unsettled_;  // whose subscription somebody held, or while the database was away
  bool has_failed_ = false;              // in this round
  std::shared_ptr<OpenedDigests> opened_;
  Clock::time_point next_housekeeping_{};
  std::thread thread_;
};

}  // namespace hss::app
