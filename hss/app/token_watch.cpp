// SPDX-License-Identifier: Apache-2.0
// The watchdog's thread.
#include "hss/app/token_watch.h"

#include "hsm/base/log.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace hss::app {
namespace {

constexpr std::chrono::milliseconds watch_interval{50};

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

TokenWatch::Call::Call(TokenWatch& watch, std::size_t session) : session_(*watch.sessions_[session]), number_(session) {
  session_.call_began.store(now_ns());
}

TokenWatch::Call::~Call() {
  session_.call_began.store(0);
  if (session_.is_stalled.exchange(false)) {
    base::log(base::event("token_answers_again"), std::to_string(number_), "session={}", number_);
  }
}

TokenWatch::TokenWatch(std::size_t sessions, std::chrono::milliseconds call_timeout, Duties duties)
    : call_timeout_(call_timeout), duties_(std::move(duties)) {
  for (std::size_t i = 0; i < sessions; ++i) {
    sessions_.push_back(std::make_unique<Session>());
  }
}

TokenWatch::~TokenWatch() { stop(); }

void TokenWatch::start() {
  thread_ = std::thread([this] { run(); });
}

void TokenWatch::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ending_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

bool TokenWatch::is_stalled(std::size_t session) const noexcept { return sessions_[session]->is_stalled.load(); }

bool TokenWatch::are_all_stalled() const noexcept {
  return std::ranges::all_of(sessions_, [](const auto& session) { return session->is_stalled.load(); });
}

void TokenWatch::look_at(std::size_t number) {
  Session& session = *sessions_[number];
  const auto began = session.call_began.load();
  if (began == 0 || std::chrono::nanoseconds(now_ns() - began) < call_timeout_) {
    return;
  }
  if (!session.is_stalled.exchange(true)) {
    base::log(base::event("token_stalled"), std::to_string(number), "session={} for_ms={}", number,
              (now_ns() - began) / 1000000);
  }
  duties_.one_stalls(number);
}

void TokenWatch::run() {
  pthread_setname_np(pthread_self(), "quintet-watch");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    ending_.wait_for(lock, watch_interval, [this] { return stopping_; });
    lock.unlock();
    for (std::size_t i = 0; i < sessions_.size(); ++i) {
      look_at(i);
    }
    if (are_all_stalled()) {
      duties_.all_stall();
    }
    lock.lock();
  }
}

}  // namespace hss::app
