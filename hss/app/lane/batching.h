// SPDX-License-Identifier: Apache-2.0
// What every worker does with a batch: sheds what is too old, repeats in halves what failed, answers what cannot be.
#pragma once

#include "hsm/base/log.h"
#include "hss/outcome.h"
#include "hss/store_error.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace hss::app {

struct BatchLimits {
  std::size_t batch = 256;                  // most requests taken at once
  std::chrono::milliseconds max_age{1000};  // what has waited longer is answered too_busy
};

template <typename Pending>
void answer_all(std::span<const Pending> batch, Outcome outcome) {
  for (const Pending& pending : batch) {
    pending->answer(outcome);
  }
}

// What to answer when the store could not: an outage, or a member that the database refuses.
constexpr Outcome outcome_of(StoreFailure failure) {
  if (failure == StoreFailure::refused) {
    return Outcome::unable_to_comply;
  }
  return failure == StoreFailure::config ? Outcome::out_of_service : Outcome::too_busy;
}

// A connection takes a while, in which the first requests would become old: a worker opens its own before they come.
template <typename Begin>
void connect_early(const Begin& begin) noexcept {
  try {
    begin();
  } catch (const std::exception& error) {
    base::log(base::event("not_connected_yet"), error.what(), "error=\"{}\"", error.what());
  }
}

class Batching {
 public:
  // `refusal`: what to answer, at the moment, instead of beginning what needs the token; `is_closing`: begin nothing
  // anew.
  Batching(std::chrono::milliseconds max_age, std::function<std::optional<Outcome>()> refusal,
           std::function<bool()> is_closing)
      : max_age_(max_age), refusal_(std::move(refusal)), is_closing_(std::move(is_closing)) {}

  // Answers what cannot or need not be served any more, and gives back the rest.
  template <typename Pending>
  [[nodiscard]] std::vector<Pending> drop_stale(std::vector<Pending> batch) const {
    const auto refusal = refusal_ ? refusal_() : std::nullopt;
    std::erase_if(batch, [&](const Pending& pending) {
      if (pending->age() > max_age_ || !pending->is_wanted()) {
        pending->answer(Outcome::too_busy);
      } else if (refusal && pending->needs_token()) {
        pending->answer(*refusal);
      }
      return pending->is_answered();
    });
    return batch;
  }

  // One go for all; what fails because of one member is tried again in halves, down to that member.
  template <typename Pending, typename Serve>
  void attempt(std::span<const Pending> batch, const Serve& serve) {
    try {
      serve(batch);
    } catch (const StoreError& error) {
      const bool alone_may_succeed = error.failure() == StoreFailure::busy || error.failure() == StoreFailure::refused;
      if (!alone_may_succeed || batch.size() == 1) {
        fail(batch, error);
        return;
      }
      base::log(base::event("batch_failed"), error.what(), "members={} error=\"{}\" action=\"in halves\"", batch.size(),
                error.what());
      attempt_in_halves(batch, serve);
    }
  }

  template <typename Pending>
  void fail(std::span<const Pending> batch, const StoreError& error) {
    const Outcome outcome = outcome_of(error.failure());
    base::log(base::event("store_failed"), error.what(), "members={} answer={} error=\"{}\" at={}", batch.size(),
              code_of(outcome).name, error.what(), error.where());
    answer_all(batch, outcome);
  }

 private:
  // Halves are tried on their own, so that a member at fault costs few transactions. Each half may have waited for a
  // lock or a slow statement: what has become too old meanwhile is not begun.
  template <typename Pending, typename Serve>
  void attempt_in_halves(std::span<const Pending> batch, const Serve& serve) {
    const std::size_t middle = batch.size() / 2;
    for (const auto half : {batch.first(middle), batch.subspan(middle)}) {
      const auto rest = drop_stale(std::vector<Pending>(half.begin(), half.end()));
      if (is_closing_()) {
        answer_all<Pending>(rest, Outcome::too_busy);
      } else if (!rest.empty()) {
        attempt<Pending>(rest, serve);
      }
    }
  }

  const std::chrono::milliseconds max_age_;
  const std::function<std::optional<Outcome>()> refusal_;
  const std::function<bool()> is_closing_;
};

}  // namespace hss::app
