// SPDX-License-Identifier: Apache-2.0
// Counting by row.
#include "hss/app/lane/held_rows.h"

#include "hsm/base/log.h"

namespace hss::app {
namespace {

constexpr std::size_t most_waiting = 4096;
constexpr std::size_t most_for_a_row = 256;
constexpr std::size_t most_for_a_held_row = 8;
constexpr std::chrono::milliseconds a_while{250};

}  // namespace

std::shared_ptr<HeldRows::Place> HeldRows::take(const std::string& row) {
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(state_->mutex);
    const auto [found, is_new] = state_->rows.try_emplace(row, Row{0, now});
    const std::size_t most = now - found->second.since < a_while ? most_for_a_row : most_for_a_held_row;
    if (found->second.waiting >= most || state_->waiting >= most_waiting) {
      base::log(base::event("row_held"), row, "row=\"{}\" waiting={} answer=too_busy", row, found->second.waiting);
      if (is_new) {
        state_->rows.erase(found);
      }
      return nullptr;
    }
    ++found->second.waiting;
    ++state_->waiting;
  }
  return std::make_shared<Place>(state_, row);
}

HeldRows::Place::~Place() {
  const std::lock_guard lock(state_->mutex);
  --state_->waiting;
  if (const auto found = state_->rows.find(row_); --found->second.waiting == 0) {
    state_->rows.erase(found);
  }
}

void HeldRows::Place::row_was_free() {
  const std::lock_guard lock(state_->mutex);
  state_->rows.find(row_)->second.since = std::chrono::steady_clock::now();
}

}  // namespace hss::app
