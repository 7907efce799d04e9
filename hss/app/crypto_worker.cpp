// The crypto thread and its watchdog.
#include "hss/app/crypto_worker.h"

#include "auc/milenage.h"
#include "hss/app/keep_going.h"
#include "hss/authentication_scheme.h"
#include "hss/digest.h"
#include "hss/proved_rand.h"
#include "hss/text_forms.h"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <utility>
#include <vector>

namespace hss::app {
namespace {

constexpr std::size_t few_waiting = 128;  // to work on while the next batch is in its transaction
constexpr std::size_t most_checks = 512;
constexpr std::chrono::milliseconds idle_wait{200};
constexpr std::chrono::milliseconds watch_interval{50};

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

template <typename Task>
void give_up(const std::vector<Task>& tasks) {
  for (const Task& task : tasks) {
    task.pending->answer(Outcome::too_busy);
  }
}

void give_up(const TokenWork& work) {
  give_up(work.vectors);
  give_up(work.digests);
}

// Answers that leave together: one that goes alone wakes a chain of threads, which costs more than its vector.
class Burst {
 public:
  Burst() { waiting_.reserve(most); }
  Burst(const Burst&) = delete;
  Burst& operator=(const Burst&) = delete;
  ~Burst() { send(); }

  void add(const PendingMultimediaAuth& pending, MultimediaAuthAnswer answer) {
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

  std::vector<std::pair<PendingMultimediaAuth, MultimediaAuthAnswer>> waiting_;
};

}  // namespace

CryptoWorker::CryptoWorker(hsm::Token& token, TokenCare care, auc::Amf amf, std::chrono::milliseconds call_timeout,
                           std::function<void(PendingMultimediaAuth)> resubmit)
    : token_(token), care_(std::move(care)), amf_(amf), call_timeout_(call_timeout), resubmit_(std::move(resubmit)) {}

CryptoWorker::~CryptoWorker() { stop(std::chrono::milliseconds(0)); }

void CryptoWorker::start() {
  readiness_ = care_.readiness();
  thread_ = std::thread([this] { run(); });
  watchdog_ = std::thread([this] { watch(); });
}

bool CryptoWorker::stop(std::chrono::milliseconds patience) {
  if (!thread_.joinable()) {
    return true;
  }
  bool finished = false;
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    ending_.notify_all();
    finished = changed_.wait_for(lock, patience, [this] { return finished_; });
  }
  watchdog_.join();
  if (!finished) {
    give_up_waiting_jobs();
    return false;
  }
  thread_.join();
  return true;
}

void CryptoWorker::wait_for_room() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_ <= few_waiting || stalled_.load() || finished_; });
}

void CryptoWorker::submit(TokenWork work) {
  auto job = std::make_shared<Job>();
  job->work = std::move(work);
  std::unique_lock lock(mutex_);
  if (stalled_.load() || finished_) {
    lock.unlock();
    give_up(job->work);
    return;
  }
  waiting_ += job->work.size();
  jobs_.push_back(std::move(job));
  changed_.notify_all();
}

void CryptoWorker::submit(CheckTask task) {
  auto job = std::make_shared<Job>();
  const PendingMultimediaAuth pending = task.pending;
  job->checks.push_back(std::move(task));
  std::unique_lock lock(mutex_);
  if (jobs_.size() >= most_checks || stalled_.load() || finished_) {
    lock.unlock();
    pending->answer(Outcome::too_busy);
    return;
  }
  jobs_.push_back(std::move(job));
  changed_.notify_all();
}

std::optional<Outcome> CryptoWorker::refusal() const noexcept {
  if (stalled_.load()) {
    return Outcome::too_busy;
  }
  const Outcome readiness = readiness_.load();
  return readiness == Outcome::success ? std::nullopt : std::optional(readiness);
}

void CryptoWorker::run() {
  pthread_setname_np(pthread_self(), "quintet-crypto");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait_for(lock, idle_wait, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty() && stopping_) {
      break;
    }
    if (!jobs_.empty()) {
      current_ = jobs_.front();
      jobs_.pop_front();
    }
    const auto job = current_;
    lock.unlock();
    if (job) {
      keep_going(limit_, [&] { process(*job); });
    }
    enter_call();
    keep_going(limit_, [&] { care_.maintain(); });
    leave_call();
    readiness_ = care_.readiness();
    lock.lock();
    // After a stall the watchdog has settled the account already.
    if (current_) {
      waiting_ -= current_->work.size();
      current_.reset();
    }
    changed_.notify_all();
  }
  finished_ = true;
  changed_.notify_all();
}

void CryptoWorker::process(Job& job) {
  for (const CheckTask& task : job.checks) {
    if (!task.pending->is_answered()) {
      check(task);
    }
  }
  Burst burst;
  for (const DigestTask& task : job.work.digests) {
    if (!task.pending->is_answered()) {
      burst.add(task.pending, open(task));
    }
  }
  for (const VectorTask& task : job.work.vectors) {
    if (!task.pending->is_answered()) {
      burst.add(task.pending, compute(task));
    }
  }
}

// Under the eyes of the watchdog, and once more when the token says that the key or the session was the trouble. What
// it cannot do is reported: one key is its subscriber's trouble, anything else an outage.
template <typename Act>
Outcome CryptoWorker::attempt(const std::string& owner, const Act& act) {
  for (bool is_second = false;; is_second = true) {
    try {
      enter_call();
      act();
      leave_call();
      return Outcome::success;
    } catch (const hsm::Error& error) {
      leave_call();
      const bool may_succeed = error.kind() == hsm::Kind::stale || error.kind() == hsm::Kind::session;
      if (!may_succeed || is_second) {
        report(error, owner);
        return error.kind() == hsm::Kind::key ? Outcome::unable_to_comply : Outcome::out_of_service;
      }
    } catch (...) {
      leave_call();
      throw;
    }
  }
}

MultimediaAuthAnswer CryptoWorker::compute(const VectorTask& task) {
  MultimediaAuthAnswer answer;
  answer.outcome = attempt(task.key->owner, [&] {
    std::vector<auc::Challenge> challenges(task.sqns.size());
    for (std::size_t i = 0; i < challenges.size(); ++i) {
      token_.random(challenges[i].rand.octets);
      if (!task.rand_nonce.empty()) {
        prove(challenges[i].rand, task.rand_nonce);
      }
      challenges[i].sqn = task.sqns[i];
    }
    answer.vectors = auc::vectors(token_, token_.load(*task.key), challenges, amf_);
  });
  answer.scheme_name = answered_name(task.pending->request().scheme_name, Scheme::aka);
  return answer;
}

MultimediaAuthAnswer CryptoWorker::open(const DigestTask& task) {
  const MultimediaAuthRequest& request = task.pending->request();
  MultimediaAuthAnswer answer;
  answer.outcome = attempt("H(A1) of impi " + std::to_string(task.data->impi_id),
                           [&] { answer.digest = open_digest(token_, request.impi, *task.data->digest); });
  answer.scheme_name = answered_name(request.scheme_name, Scheme::sip_digest);
  return answer;
}

void CryptoWorker::check(const CheckTask& task) {
  const auto resync = resynchronisation_of(task.pending->request()).value();
  const Outcome done = attempt(task.key->owner, [&] {
    const hsm::Key key = token_.load(*task.key);
    task.pending->checked = CheckedAuts{task.key, auc::open_auts(token_, key, resync.rand, resync.auts)};
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

void CryptoWorker::enter_call() noexcept { call_began_.store(now_ns()); }

void CryptoWorker::leave_call() noexcept {
  call_began_.store(0);
  if (stalled_.exchange(false)) {
    spdlog::warn("token_answers_again");
  }
}

// Answers for everything that waits behind a call that does not come back.
void CryptoWorker::give_up_waiting_jobs() {
  std::deque<std::shared_ptr<Job>> given_up;
  {
    const std::lock_guard lock(mutex_);
    given_up.swap(jobs_);
    if (current_) {
      given_up.push_front(current_);
      current_.reset();
    }
    waiting_ = 0;
    changed_.notify_all();
  }
  for (const auto& job : given_up) {
    give_up(job->work);
    give_up(job->checks);
  }
}

void CryptoWorker::watch() {
  pthread_setname_np(pthread_self(), "quintet-watch");
  const auto limit = std::chrono::duration_cast<std::chrono::nanoseconds>(call_timeout_).count();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    ending_.wait_for(lock, watch_interval, [this] { return stopping_; });
    const auto began = call_began_.load();
    if (began == 0 || now_ns() - began < limit) {
      continue;
    }
    lock.unlock();
    if (!stalled_.exchange(true)) {
      spdlog::error("token_stalled for_ms={}", (now_ns() - began) / 1000000);
    }
    give_up_waiting_jobs();
    lock.lock();
  }
}

}  // namespace hss::app
