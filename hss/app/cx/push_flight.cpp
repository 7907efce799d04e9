// SPDX-License-Identifier: Apache-2.0
// One map under one lock.
#include "hss/app/cx/push_flight.h"

#include <ctime>

namespace hss::app {
namespace {

constexpr std::size_t most_lost = 16384;  // of the oldest, nobody knows any more

}  // namespace

BootClock::time_point BootClock::now() noexcept {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

std::uint64_t Flights::add(Flight flight) {
  const std::lock_guard lock(mutex_);
  ++by_host_[flight.sent.push.destination.host];
  flights_.emplace(next_, std::move(flight));
  return next_++;
}

void Flights::land(std::uint64_t key, PushAnswer answer) {
  {
    const std::lock_guard lock(mutex_);
    auto flight = flights_.extract(key);
    const bool is_late = flight.empty();
    if (is_late) {
      flight = lost_.extract(key);
    } else {
      --by_host_[flight.mapped().sent.push.destination.host];
    }
    if (flight.empty()) {
      return;
    }
    landed_.push_back({std::move(flight.mapped().sent), std::move(answer), is_late});
    is_woken_ = true;
  }
  woken_.notify_all();
}

std::vector<Landed> Flights::take() {
  const auto now = BootClock::now();
  const std::lock_guard lock(mutex_);
  for (auto one = flights_.begin(); one != flights_.end();) {
    if (one->second.answer_until > now) {
      ++one;
      continue;
    }
    --by_host_[one->second.sent.push.destination.host];
    landed_.push_back({one->second.sent, {}, false});
    one->second.answer_until = now + late_;
    lost_.insert(flights_.extract(one++));
  }
  while (!lost_.empty() && (lost_.size() > most_lost || lost_.begin()->second.answer_until <= now)) {
    lost_.erase(lost_.begin());
  }
  std::erase_if(by_host_, [](const auto& host) { return host.second == 0; });
  return std::exchange(landed_, {});
}

std::size_t Flights::count(const std::string& host) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_host_.find(host);
  return found == by_host_.end() ? 0 : found->second;
}

void Flights::wake() {
  {
    const std::lock_guard lock(mutex_);
    is_woken_ = true;
  }
  woken_.notify_all();
}

void Flights::wait(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  woken_.wait_for(lock, most, [this] { return is_woken_ || stopping_; });
  is_woken_ = false;
}

void Flights::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
}

bool Flights::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

}  // namespace hss::app
