// SPDX-License-Identifier: Apache-2.0
// The thread that keeps the age limit.
#include "hss/app/lane/overdue.h"

#include "hsm/base/log.h"

#include <pthread.h>

#include <algorithm>

namespace hss::app {

Overdue::Overdue(std::chrono::milliseconds max_age) : max_age_(max_age) {}

Overdue::~Overdue() { stop(); }

void Overdue::start() {
  pulse_.beat();
  thread_ = std::thread([this] { run(); });
}

void Overdue::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ending_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Overdue::watch(const std::shared_ptr<Owed>& request) {
  const std::lock_guard lock(mutex_);
  arrived_.emplace_back(request);
}

void Overdue::run() {
  pthread_setname_np(pthread_self(), "quintet-overdue");
  constexpr std::chrono::milliseconds shortest{5};
  const auto interval = std::max(shortest, max_age_ / 20);
  std::unique_lock lock(mutex_);
  while (!ending_.wait_for(lock, interval, [this] { return stopping_; })) {
    pulse_.beat();
    waiting_.insert(waiting_.end(), arrived_.begin(), arrived_.end());
    arrived_.clear();
    lock.unlock();
    sweep();
    lock.lock();
  }
}

// Also forgets what is settled, so that its memory goes.
void Overdue::sweep() {
  std::size_t given_up = 0;
  std::erase_if(waiting_, [&](const std::weak_ptr<Owed>& one) {
    const auto request = one.lock();
    if (!request || request->is_settled()) {
      return true;
    }
    if (request->age() <= max_age_) {
      return false;
    }
    request->give_up();
    ++given_up;
    return true;
  });
  if (given_up == 0) {
    return;
  }
  base::log(base::event("requests_too_old"), "", "answered={} reason=\"database, token or load\"", given_up);
}

}  // namespace hss::app
