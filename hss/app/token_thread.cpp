// SPDX-License-Identifier: Apache-2.0
// The crypto threads and their watchdog.
#include "hss/app/token_thread.h"

#include "auc/milenage.h"
#include "hss/app/lane/survive.h"
#include "hss/cx/authentication_scheme.h"
#include "hss/cx/digest.h"
#include "hss/proved_rand.h"
#include "hss/text_forms.h"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

namespace hss::app {
namespace {

constexpr std::size_t few_waiting = 128;      // to work on while the next batch is in its transaction
constexpr std::size_t few_for_a_session = 8;  // so that none of many is without work
constexpr std::size_t most_checks = 512;
constexpr std::size_t largest_share = 256;
constexpr std::chrono::milliseconds idle_wait{200};
constexpr std::chrono::milliseconds watch_interval{50};

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// A call, or some in a row, under the eyes of the watchdog.
class Call {
 public:
  Call(std::atomic<std::int64_t>& began, std::atomic<bool>& is_stalled, std::size_t session)
      : began_(began), is_stalled_(is_stalled), session_(session) {
    began_.store(now_ns());
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    began_.store(0);
    if (is_stalled_.exchange(false)) {
      spdlog::warn("token_answers_again session={}", session_);
    }
  }

 private:
  std::atomic<std::int64_t>& began_;
  std::atomic<bool>& is_stalled_;
  const std::size_t session_;
};

template <typename Tasks>
void give_up(const Tasks& tasks) {
  for (const auto& task : tasks) {
    std::visit([](const auto& one) { one.pending->answer(Outcome::too_busy); }, task);
  }
}

// Answers that leave together: one that goes alone wakes a chain of threads, which costs more than its vector.
class Burst {
 public:
  Burst() { waiting_.reserve(most); }
  Burst(const Burst&) = delete;
  Burst& operator=(const Burst&) = delete;
  ~Burst() { send(); }

  void add(const Pending<MultimediaAuth>& pending, MultimediaAuthAnswer answer) {
    waiting_.emplace_back(pending, std::move(answer));
    if (waiting_.size() == most) {
      send();
    }
  }

 private:
  static constexpr std::size_t most = 24;

  void send() {
    for (auto& [pending, answer] : waiting_) {
      pending->answer(std::move(answer));
    }
    waiting_.clear();
  }

  std::vector<std::pair<Pending<MultimediaAuth>, MultimediaAuthAnswer>> waiting_;
};

}  // namespace

CryptoWorker::CryptoWorker(std::vector<hsm::Token*> sessions, TokenCare care, auc::Amf amf,
                           std::chrono::milliseconds call_timeout,
                           std::function<void(Pending<MultimediaAuth>)> resubmit)
    : care_(std::move(care)),
      amf_(amf),
      call_timeout_(call_timeout),
      resubmit_(std::move(resubmit)),
      running_(sessions.size()) {
  for (hsm::Token* session : sessions) {
    lanes_.push_back(std::make_unique<Lane>(lanes_.size(), *session));
  }
}

CryptoWorker::~CryptoWorker() { stop(std::chrono::milliseconds(0)); }

void CryptoWorker::start() {
  readiness_ = care_.readiness();
  for (const auto& lane : lanes_) {
    lane->thread = std::thread([this, &lane = *lane] { run(lane); });
  }
  watchdog_ = std::thread([this] { watch(); });
}

bool CryptoWorker::stop(std::chrono::milliseconds patience) {
  if (lanes_.empty() || !lanes_.front()->thread.joinable()) {
    return true;
  }
  bool finished = false;
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    filled_.notify_all();
    ending_.notify_all();
    finished = changed_.wait_for(lock, patience, [this] { return running_ == 0; });
  }
  if (watchdog_.joinable()) {
    watchdog_.join();
  }
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

void CryptoWorker::wait_for_room() {
  std::unique_lock lock(mutex_);
  const std::size_t few = std::max(few_waiting, few_for_a_session * lanes_.size());
  changed_.wait(lock, [&] { return unfinished_work_ <= few || is_stalled() || running_ == 0; });
}

void CryptoWorker::submit(TokenWork work) {
  std::vector<Task> tasks;
  tasks.reserve(work.size());
  std::ranges::move(work.digests, std::back_inserter(tasks));
  std::ranges::move(work.vectors, std::back_inserter(tasks));
  std::unique_lock lock(mutex_);
  if (is_stalled() || running_ == 0) {
    lock.unlock();
    give_up(tasks);
    return;
  }
  for (Task& task : tasks) {
    tasks_.push_back(std::move(task));
    ++unfinished_work_;
  }
  for (std::size_t i = 0; i < std::min(tasks.size(), lanes_.size()); ++i) {
    filled_.notify_one();
  }
}

void CryptoWorker::submit(CheckTask task) {
  const Pending<MultimediaAuth> pending = task.pending;
  std::unique_lock lock(mutex_);
  if (unfinished_checks_ >= most_checks || is_stalled() || running_ == 0) {
    lock.unlock();
    pending->answer(Outcome::too_busy);
    return;
  }
  tasks_.emplace_back(std::move(task));
  ++unfinished_checks_;
  filled_.notify_one();
}

std::optional<Outcome> CryptoWorker::refusal() const noexcept {
  if (is_stalled()) {
    return Outcome::too_busy;
  }
  const Outcome readiness = readiness_.load();
  return readiness == Outcome::success ? std::nullopt : std::optional(readiness);
}

void CryptoWorker::run(Lane& lane) {
  pthread_setname_np(pthread_self(), "quintet-crypto");
  std::unique_lock lock(mutex_);
  while (true) {
    wait_for_work(lock, lane);
    const bool takes = may_take(lane);
    if (stopping_ && (tasks_.empty() || !takes)) {
      break;
    }
    lane.share = takes ? next_share() : nullptr;
    const Share share = lane.share;
    lock.unlock();
    if (share) {
      survive(limit_, [&] { process(lane, *share); });
    }
    {
      const Call call(lane.call_began, lane.is_stalled, lane.number);
      survive(limit_, [&] { care_.maintain(lane.number); });
    }
    readiness_ = care_.readiness();
    lock.lock();
    settle(lane);
  }
  --running_;
  changed_.notify_all();
}

// Who may take nothing does not wait where one is woken for each task.
void CryptoWorker::wait_for_work(std::unique_lock<std::mutex>& lock, const Lane& lane) {
  if (may_take(lane)) {
    filled_.wait_for(lock, idle_wait, [this] { return stopping_ || !tasks_.empty(); });
  } else {
    changed_.wait_for(lock, idle_wait, [this] { return stopping_; });
  }
}

// A session that cannot be had fails faster than any other works, and would draw all tasks to itself.
bool CryptoWorker::may_take(const Lane& lane) const {
  return !care_.is_broken(lane.number) || std::ranges::all_of(lanes_, [this](const auto& other) {
    return care_.is_broken(other->number) || other->is_stalled.load();
  });
}

// One thread alone takes what there is, so that answers leave together. Several take task by task: a call that hangs
// then costs one request, and none waits behind another while a session is free.
CryptoWorker::Share CryptoWorker::next_share() {
  const std::size_t count = std::min(tasks_.size(), lanes_.size() == 1 ? largest_share : 1);
  if (count == 0) {
    return nullptr;
  }
  const auto end = tasks_.begin() + static_cast<std::ptrdiff_t>(count);
  auto share = std::make_shared<const std::vector<Task>>(std::move_iterator(tasks_.begin()), std::move_iterator(end));
  tasks_.erase(tasks_.begin(), end);
  return share;
}

std::size_t& CryptoWorker::unfinished(const Task& task) noexcept {
  return std::holds_alternative<CheckTask>(task) ? unfinished_checks_ : unfinished_work_;
}

// After a stall the watchdog has settled the account already.
void CryptoWorker::settle(Lane& lane) {
  if (!lane.share) {
    return;
  }
  for (const Task& task : *lane.share) {
    --unfinished(task);
  }
  lane.share.reset();
  changed_.notify_all();
}

void CryptoWorker::process(Lane& lane, const std::vector<Task>& tasks) {
  Burst burst;
  const auto serve = [&]<typename One>(const One& one) {
    if (one.pending->is_answered()) {
      return;
    }
    if constexpr (std::is_same_v<One, CheckTask>) {
      check(lane, one);
    } else {
      burst.add(one.pending, answer_to(lane, one));
    }
  };
  for (const Task& task : tasks) {
    std::visit(serve, task);
  }
}

// Under the eyes of the watchdog, and once more when the token says that the key or the session was the trouble. What
// it cannot do is reported: one key is its subscriber's trouble, anything else an outage.
template <typename Act>
Outcome CryptoWorker::attempt(Lane& lane, const std::string& owner, const Act& act) {
  for (bool is_second = false;; is_second = true) {
    try {
      const Call call(lane.call_began, lane.is_stalled, lane.number);
      act();
      return Outcome::success;
    } catch (const hsm::Error& error) {
      const bool may_succeed = error.kind() == hsm::Kind::stale || error.kind() == hsm::Kind::session;
      if (!may_succeed || is_second) {
        report(error, owner);
        return error.kind() == hsm::Kind::key ? Outcome::unable_to_comply : Outcome::out_of_service;
      }
    }
  }
}

MultimediaAuthAnswer CryptoWorker::answer_to(Lane& lane, const VectorTask& task) {
  MultimediaAuthAnswer answer;
  answer.outcome = attempt(lane, task.key->owner, [&] {
    std::vector<auc::Challenge> challenges(task.sqns.size());
    for (std::size_t i = 0; i < challenges.size(); ++i) {
      lane.token.random(challenges[i].rand.octets);
      if (!task.rand_nonce.empty()) {
        prove(challenges[i].rand, task.rand_nonce);
      }
      challenges[i].sqn = task.sqns[i];
    }
    answer.vectors = auc::vectors(lane.token, lane.token.load(*task.key), challenges, amf_);
  });
  answer.scheme_name = answered_name(task.pending->request().scheme_name, Scheme::aka);
  return answer;
}

MultimediaAuthAnswer CryptoWorker::answer_to(Lane& lane, const DigestTask& task) {
  const MultimediaAuthRequest& request = task.pending->request();
  MultimediaAuthAnswer answer;
  answer.outcome = attempt(lane, "H(A1) of impi " + std::to_string(task.data->impi_id),
                           [&] { answer.digest = open_digest(lane.token, request.impi, *task.data->digest); });
  answer.scheme_name = answered_name(request.scheme_name, Scheme::sip_digest);
  return answer;
}

void CryptoWorker::check(Lane& lane, const CheckTask& task) {
  const auto resync = resynchronisation_of(task.pending->request()).value();
  const Outcome done = attempt(lane, task.key->owner, [&] {
    const hsm::Key key = lane.token.load(*task.key);
    task.pending->state.checked = CheckedAuts{task.key, auc::open_auts(lane.token, key, resync.rand, resync.auts)};
  });
  if (done == Outcome::success) {
    resubmit_(task.pending);
  } else {
    task.pending->answer(done);
  }
}

void CryptoWorker::report(const hsm::Error& error, const std::string& owner) {
  constexpr std::size_t longest = 512;
  // Of one key, or of the token as a whole: then it is the same for all of them.
  if (const auto held_back = limit_.pass(error.kind() == hsm::Kind::key ? owner : hsm::name(error.kind()))) {
    spdlog::error("token_failed kind={} of=\"{}\" error=\"{}\" held_back={}", hsm::name(error.kind()), owner,
                  log_text(error.what(), longest), *held_back);
  }
}

bool CryptoWorker::is_stalled() const noexcept {
  return std::ranges::all_of(lanes_, [](const auto& lane) { return lane->is_stalled.load(); });
}

// What is in work at a session whose call does not come back. The rest waits for other sessions, if there are any.
void CryptoWorker::give_up_share(Lane& lane) {
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

void CryptoWorker::give_up_waiting() {
  std::deque<Task> given_up;
  {
    const std::lock_guard lock(mutex_);
    given_up.swap(tasks_);
    for (const Task& task : given_up) {
      --unfinished(task);
    }
    changed_.notify_all();
  }
  give_up(given_up);
}

void CryptoWorker::watch(Lane& lane) {
  const auto began = lane.call_began.load();
  if (began == 0 || std::chrono::nanoseconds(now_ns() - began) < call_timeout_) {
    return;
  }
  if (!lane.is_stalled.exchange(true)) {
    spdlog::error("token_stalled session={} for_ms={}", lane.number, (now_ns() - began) / 1000000);
  }
  give_up_share(lane);
}

void CryptoWorker::watch() {
  pthread_setname_np(pthread_self(), "quintet-watch");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    ending_.wait_for(lock, watch_interval, [this] { return stopping_; });
    lock.unlock();
    for (const auto& lane : lanes_) {
      watch(*lane);
    }
    if (is_stalled()) {
      give_up_waiting();
    }
    lock.lock();
  }
}

}  // namespace hss::app
