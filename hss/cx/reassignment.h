// SPDX-License-Identifier: Apache-2.0
// How a batch that seldom changes anything is decided: on an unlocked reading, and again under the lock where it does.
#pragma once

#include "hss/cx/lookup_store.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace hss {

template <typename Answer>
struct LookupDecision {
  Answer answer;
  bool reassigns = false;  // "reassignment pending" of the subscription becomes true (TS 23.380)
};

using SubscriptionIds = std::vector<std::int64_t>;

inline void sort_ids(SubscriptionIds& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

// Locks, reads again, decides again, writes. Decide: (const Request&, const Row&) -> LookupDecision<Answer>.
template <typename Answer, typename Request, typename Decide>
std::vector<Served<Answer>> decide_locked(LookupStore& store, std::span<const Request* const> requests,
                                          SubscriptionIds ids, Decide decide) {
  sort_ids(ids);
  const auto transaction = store.begin_reassignment(ids);
  const auto rows = transaction->read(requests);
  const SubscriptionIds& locked = transaction->locked();
  std::vector<Served<Answer>> out;
  SubscriptionIds reassigned;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    auto decision = decide(*requests[i], rows[i]);
    const std::int64_t id = rows[i].subscription.id;
    if (decision.reassigns && !std::binary_search(ids.begin(), ids.end(), id)) {
      throw StoreError(StoreFailure::busy, "the identity belongs to another subscription by now");
    }
    const bool is_held = decision.reassigns && !std::binary_search(locked.begin(), locked.end(), id);
    if (decision.reassigns && !is_held) {
      reassigned.push_back(id);
    }
    out.push_back({std::move(decision.answer), is_held ? id : 0});
  }
  sort_ids(reassigned);
  transaction->commit(reassigned);
  return out;
}

// One a request, in order. Blocks for the store; throws StoreError, and then nothing is known to be written.
template <typename Answer, typename Request, typename Decide>
std::vector<Served<Answer>> decide_all(LookupStore& store, std::span<const Request* const> requests, Decide decide) {
  const auto rows = store.read(requests);
  std::vector<Served<Answer>> out(requests.size());
  std::vector<std::size_t> changing;
  std::vector<const Request*> again;
  SubscriptionIds ids;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    auto decision = decide(*requests[i], rows[i]);
    out[i].answer = std::move(decision.answer);
    if (decision.reassigns) {
      changing.push_back(i);
      again.push_back(requests[i]);
      ids.push_back(rows[i].subscription.id);
    }
  }
  if (!changing.empty()) {
    auto locked = decide_locked<Answer, Request>(store, again, std::move(ids), decide);
    for (std::size_t i = 0; i < changing.size(); ++i) {
      out[changing[i]] = std::move(locked[i]);
    }
  }
  return out;
}

}  // namespace hss
