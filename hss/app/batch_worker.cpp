// One batch from the queue to the token: shed, check AUTS first, one transaction, then vectors.
#include "hss/app/batch_worker.h"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>

namespace hss::app {
namespace {

constexpr std::chrono::milliseconds idle_wait{500};

Outcome outcome_of(StoreFailure failure) {
  return failure == StoreFailure::busy || failure == StoreFailure::unavailable ? Outcome::too_busy
                                                                               : Outcome::unable_to_comply;
}

void answer_all(std::span<const Pending> batch, Outcome outcome) {
  for (const Pending& pending : batch) {
    pending->answer(outcome);
  }
}

bool needs_check(const Pending& pending) {
  return !pending->checked && resynchronisation_of(pending->request()).has_value();
}

}  // namespace

BatchWorker::BatchWorker(std::unique_ptr<Store> store, CryptoWorker& crypto, BoundedQueue<Pending>& queue,
                         BatchConfig config)
    : store_(std::move(store)), crypto_(crypto), queue_(queue), config_(config) {}

BatchWorker::~BatchWorker() { join(); }

void BatchWorker::start() {
  thread_ = std::thread([this] { run(); });
}

void BatchWorker::join() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

void BatchWorker::run() {
  pthread_setname_np(pthread_self(), "quintet-batch");
  while (true) {
    auto batch = queue_.take(config_.batch, idle_wait);
    if (batch.empty()) {
      if (queue_.is_closed()) {
        return;
      }
      continue;
    }
    process(std::move(batch));
  }
}

void BatchWorker::process(std::vector<Pending> batch) {
  batch = shed(std::move(batch));
  try {
    batch = send_to_check(batch);
  } catch (const StoreError& error) {
    fail(batch, error);
    return;
  }
  if (batch.empty()) {
    return;
  }
  attempt(batch);
}

// One transaction for all; what fails for one member's sake is tried again in halves, down to the guilty one.
void BatchWorker::attempt(std::span<const Pending> batch) {
  try {
    authenticate(batch);
  } catch (const StoreError& error) {
    const bool alone_may_succeed = error.failure() == StoreFailure::busy || error.failure() == StoreFailure::refused;
    if (!alone_may_succeed || batch.size() == 1) {
      fail(batch, error);
      return;
    }
    if (const auto held_back = limit_.pass()) {
      spdlog::warn("batch_failed members={} error=\"{}\" action=\"in halves\" held_back={}", batch.size(), error.what(),
                   *held_back);
    }
    authenticate_in_halves(batch);
  }
}

// What is too old, or cannot be served by the token now, is answered before it costs a sequence number.
std::vector<Pending> BatchWorker::shed(std::vector<Pending> batch) const {
  const auto refusal = crypto_.refusal();
  const auto keep = [&](const Pending& pending) {
    if (pending->is_answered()) {
      return false;
    }
    if (pending->age() > config_.max_age) {
      pending->answer(Outcome::too_busy);
      return false;
    }
    if (refusal) {
      pending->answer(*refusal);
      return false;
    }
    return true;
  };
  std::erase_if(batch, [&](const Pending& pending) { return !keep(pending); });
  return batch;
}

// Requests with an unchecked AUTS go through the token first and come back through the queue.
std::vector<Pending> BatchWorker::send_to_check(std::span<const Pending> batch) {
  std::vector<Pending> ready;
  std::vector<Pending> to_check;
  std::vector<std::string> impis;
  for (const Pending& pending : batch) {
    if (needs_check(pending)) {
      to_check.push_back(pending);
      impis.push_back(pending->request().impi);
    } else {
      ready.push_back(pending);
    }
  }
  if (to_check.empty()) {
    return ready;
  }
  const auto keys = store_->keys_of(impis);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i]) {
      crypto_.submit(CheckTask{to_check[i], keys[i]});
    } else {  // no such credential: the transaction finds the proper code
      to_check[i]->checked = CheckedAuts{};
      ready.push_back(to_check[i]);
    }
  }
  return ready;
}

void BatchWorker::authenticate(std::span<const Pending> batch) {
  std::vector<AuthenticationWork> work;
  work.reserve(batch.size());
  for (const Pending& pending : batch) {
    work.push_back({&pending->request(), pending->checked});
  }
  const DecisionInputs inputs{
      auc::Domain::ims, std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now())};
  std::vector<AuthenticationDecision> decisions;
  {
    const auto transaction = store_->begin_authentication();
    decisions = hss::authenticate(*transaction, work, config_.policy, inputs);
  }
  ++batches_;
  auto tasks = settle(batch, std::move(decisions));
  if (!tasks.empty()) {
    crypto_.submit(std::move(tasks));
  }
}

// Halves are tried on their own, so that a guilty member costs few transactions. Each half may have waited for a lock
// or a slow statement: what has become too old meanwhile is not begun.
void BatchWorker::authenticate_in_halves(std::span<const Pending> batch) {
  const std::size_t middle = batch.size() / 2;
  for (const auto half : {batch.first(middle), batch.subspan(middle)}) {
    auto rest = shed({half.begin(), half.end()});
    if (queue_.is_closed()) {
      answer_all(rest, Outcome::too_busy);
    } else if (!rest.empty()) {
      attempt(rest);
    }
  }
}

// Resynchronisations and refusals that an operator may have to act on.
void BatchWorker::report(const AuthenticationDecision& decision) {
  const bool at_ceiling = decision.outcome != Outcome::success && decision.key &&
                          (decision.resync == ResyncNote::unused || decision.resync == ResyncNote::kept ||
                           decision.resync == ResyncNote::raised);
  if (decision.resync == ResyncNote::unused && !at_ceiling) {
    return;
  }
  if (const auto held_back = limit_.pass()) {
    if (at_ceiling) {
      spdlog::error(
          "sqn_refused credential={} reason=\"SEQ is at its ceiling or the domain is not served\" held_back={}",
          decision.key->owner, *held_back);
      return;
    }
    spdlog::info("resynchronisation result={} credential={} held_back={}", name(decision.resync),
                 decision.key ? decision.key->owner : std::string(), *held_back);
  }
}

// Answers what ended without vectors; the rest becomes work for the token.
std::vector<VectorTask> BatchWorker::settle(std::span<const Pending> batch,
                                            std::vector<AuthenticationDecision> decisions) {
  std::vector<VectorTask> tasks;
  tasks.reserve(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    AuthenticationDecision& decision = decisions[i];
    report(decision);
    if (decision.outcome != Outcome::success) {
      batch[i]->answer(decision.outcome);
      continue;
    }
    tasks.push_back({batch[i], std::move(decision.key), std::move(decision.sqns)});
  }
  return tasks;
}

void BatchWorker::fail(std::span<const Pending> batch, const StoreError& error) {
  const Outcome outcome = outcome_of(error.failure());
  if (const auto held_back = limit_.pass()) {
    spdlog::error("store_failed members={} answer={} error=\"{}\" held_back={}", batch.size(), code_of(outcome).name,
                  error.what(), *held_back);
  }
  answer_all(batch, outcome);
}

}  // namespace hss::app
