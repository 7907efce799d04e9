// SPDX-License-Identifier: Apache-2.0
// Taking tasks, performing them, and giving up what hangs.
#include "hss/app/token_thread.h"

#include "hsm/base/log.h"
#include "hss/app/lane/survive.h"
#include "hss/text_forms.h"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace hss::app {
namespace {

constexpr std::size_t few_waiting = 128;      // to work on while the next batch is in its transaction
constexpr std::size_t few_for_a_session = 8;  // so that none of many is without work
constexpr std::size_t most_checks = 512;
constexpr std::size_t largest_share = 256;
constexpr std::chrono::milliseconds idle_wait{200};

// Of all that waits or is in work.
template <typename Entries>
void give_up(const Entries& entries) {
  for (const auto& entry : entries) {
    entry.task->give_up(Outcome::too_busy);
  }
}

// Answers that leave together: one that goes alone wakes a chain of threads, which costs more than its vector.
class Burst {
 public:
  Burst() { waiting_.reserve(most); }
  Burst(const Burst&) = delete;
  Burst& operator=(const Burst&) = delete;
  ~Burst() { send(); }

  // The task must outlive this object.
  void add(TokenTask& task, Outcome outcome) {
    waiting_.emplace_back(&task, outcome);
    if (waiting_.size() == most) {
      send();
    }
  }

 private:
  static constexpr std::size_t most = 24;

  void send() {
    for (const auto& [task, outcome] : waiting_) {
      task->finish(outcome);
    }
    waiting_.clear();
  }

  std::vector<std::pair<TokenTask*, Outcome>> waiting_;
};

}  // namespace

TokenThreads::TokenThreads(const std::vector<hsm::Token*>& sessions, TokenCare care,
                           std::chrono::milliseconds call_timeout)
    : care_(std::move(care)),
      running_(sessions.size()),
      watch_(sessions.size(), call_timeout,
             {[this](std::size_t session) { give_up_share(*lanes_[session]); }, [this] { give_up_waiting(); }}) {
  for (hsm::Token* session : sessions) {
    lanes_.push_back(std::make_unique<Lane>(lanes_.size(), *session));
  }
}

TokenThreads::~TokenThreads() { stop(std::chrono::milliseconds(0)); }

void TokenThreads::start() {
  readiness_ = care_.readiness();
  for (const auto& lane : lanes_) {
    lane->thread = std::thread([this, &lane = *lane] { run(lane); });
  }
  watch_.start();
}

bool TokenThreads::stop(std::chrono::milliseconds patience) {
  if (lanes_.empty() || !lanes_.front()->thread.joinable()) {
    return true;
  }
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  filled_.notify_all();
  watch_.stop();
  std::unique_lock lock(mutex_);
  const bool finished = changed_.wait_for(lock, patience, [this] { return running_ == 0; });
  lock.unlock();
  if (!finished) {
    for (const auto& lane : lanes_) {
      give_up_share(*lane);
    }
    give_up_waiting();
    return false;
  }
  for (const auto& lane : lanes_) {
    lane->thread.join();
  }
  return true;
}

void TokenThreads::wait_for_room() {
  std::unique_lock lock(mutex_);
  const std::size_t few = std::max(few_waiting, few_for_a_session * lanes_.size());
  changed_.wait(lock, [&] { return unfinished_work_ <= few || watch_.are_all_stalled() || running_ == 0; });
}

void TokenThreads::submit(std::vector<Task> work) {
  std::unique_lock lock(mutex_);
  if (watch_.are_all_stalled() || running_ == 0) {
    lock.unlock();
    for (const Task& task : work) {
      task->give_up(Outcome::too_busy);
    }
    return;
  }
  for (Task& task : work) {
    entries_.push_back({std::move(task), false});
    ++unfinished_work_;
  }
  for (std::size_t i = 0; i < std::min(work.size(), lanes_.size()); ++i) {
    filled_.notify_one();
  }
}

void TokenThreads::submit_check(Task task) {
  std::unique_lock lock(mutex_);
  if (unfinished_checks_ >= most_checks || watch_.are_all_stalled() || running_ == 0) {
    lock.unlock();
    task->give_up(Outcome::too_busy);
    return;
  }
  entries_.push_back({std::move(task), true});
  ++unfinished_checks_;
  filled_.notify_one();
}

std::optional<Outcome> TokenThreads::refusal() const noexcept {
  if (watch_.are_all_stalled()) {
    return Outcome::too_busy;
  }
  const Outcome readiness = readiness_.load();
  return readiness == Outcome::success ? std::nullopt : std::optional(readiness);
}

void TokenThreads::run(Lane& lane) {
  pthread_setname_np(pthread_self(), "quintet-crypto");
  std::unique_lock lock(mutex_);
  while (true) {
    wait_for_work(lock, lane);
    const bool takes = may_take(lane);
    if (stopping_ && (entries_.empty() || !takes)) {
      break;
    }
    lane.share = takes ? next_share() : nullptr;
    const Share share = lane.share;
    lock.unlock();
    if (share) {
      survive([&] { process(lane, *share); });
    }
    {
      const TokenWatch::Call call(watch_, lane.number);
      survive([&] { care_.maintain(lane.number); });
    }
    readiness_ = care_.readiness();
    lock.lock();
    settle(lane);
  }
  --running_;
  changed_.notify_all();
}

// Who may take nothing does not wait where one is woken for each task.
void TokenThreads::wait_for_work(std::unique_lock<std::mutex>& lock, const Lane& lane) {
  if (may_take(lane)) {
    filled_.wait_for(lock, idle_wait, [this] { return stopping_ || !entries_.empty(); });
  } else {
    changed_.wait_for(lock, idle_wait, [this] { return stopping_; });
  }
}

// A session that cannot be had fails faster than any other works, and would draw all tasks to itself.
bool TokenThreads::may_take(const Lane& lane) const {
  return !care_.is_broken(lane.number) || std::ranges::all_of(lanes_, [this](const auto& other) {
    return care_.is_broken(other->number) || watch_.is_stalled(other->number);
  });
}

// One thread alone takes what there is, so that answers leave together. Several take task by task: a call that hangs
// then costs one request, and none waits behind another while a session is free.
TokenThreads::Share TokenThreads::next_share() {
  const std::size_t count = std::min(entries_.size(), lanes_.size() == 1 ? largest_share : 1);
  if (count == 0) {
    return nullptr;
  }
  const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(count);
  auto share =
      std::make_shared<const std::vector<Entry>>(std::move_iterator(entries_.begin()), std::move_iterator(end));
  entries_.erase(entries_.begin(), end);
  return share;
}

std::size_t& TokenThreads::unfinished(const Entry& entry) noexcept {
  return entry.is_check ? unfinished_checks_ : unfinished_work_;
}

// After a stall the watchdog has settled the account already.
void TokenThreads::settle(Lane& lane) {
  if (!lane.share) {
    return;
  }
  for (const Entry& entry : *lane.share) {
    --unfinished(entry);
  }
  lane.share.reset();
  changed_.notify_all();
}

void TokenThreads::process(Lane& lane, const std::vector<Entry>& entries) {
  Burst burst;
  for (const Entry& entry : entries) {
    if (!entry.task->is_wanted()) {
      continue;
    }
    const Outcome outcome = attempt(lane, *entry.task);
    if (entry.is_check) {
      entry.task->finish(outcome);
    } else {
      burst.add(*entry.task, outcome);
    }
  }
}

// Under the eyes of the watchdog, and once more when the token says that the key or the session was the trouble. What
// it cannot do is reported: one key is its subscriber's trouble, anything else an outage.
Outcome TokenThreads::attempt(Lane& lane, TokenTask& task) {
  for (bool is_second = false;; is_second = true) {
    try {
      const TokenWatch::Call call(watch_, lane.number);
      task.perform(lane.token);
      return Outcome::success;
    } catch (const hsm::Error& error) {
      const bool may_succeed = error.kind() == hsm::Kind::stale || error.kind() == hsm::Kind::session;
      if (!may_succeed || is_second) {
        report(error, task.owner());
        return error.kind() == hsm::Kind::key ? Outcome::unable_to_comply : Outcome::out_of_service;
      }
    }
  }
}

void TokenThreads::report(const hsm::Error& error, const std::string& owner) {
  constexpr std::size_t longest = 512;
  // Of one key, or of the token as a whole: then it is the same for all of them.
  base::log(base::event("token_failed"), error.kind() == hsm::Kind::key ? owner : hsm::name(error.kind()),
            "kind={} of=\"{}\" error=\"{}\"", hsm::name(error.kind()), owner, log_text(error.what(), longest));
}

// What is in work at a session whose call does not come back. The rest waits for other sessions, if there are any.
void TokenThreads::give_up_share(Lane& lane) {
  Share given_up;
  {
    const std::lock_guard lock(mutex_);
    given_up = lane.share;
    settle(lane);
  }
  if (given_up) {
    give_up(*given_up);
  }
}

void TokenThreads::give_up_waiting() {
  std::deque<Entry> given_up;
  {
    const std::lock_guard lock(mutex_);
    given_up.swap(entries_);
    for (const Entry& entry : given_up) {
      --unfinished(entry);
    }
    changed_.notify_all();
  }
  give_up(given_up);
}

}  // namespace hss::app
