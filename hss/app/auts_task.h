// SPDX-License-Identifier: Apache-2.0
// The check of an AUTS, ordered of the token by any command that knows resynchronisation.
#pragma once

#include "hss/aka.h"
#include "hss/app/lane/lane.h"
#include "hss/app/token_thread.h"
#include "hss/app/vector_task.h"
#include "hss/issue.h"

#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace hss::app {

// Of the request of a Command whose State has `checked`: with the verdict it goes back to its lane, for its
// transaction. The lane must outlive the task.
template <typename Command>
class AutsTask final : public TokenTask {
 public:
  AutsTask(Pending<Command> pending, AutsOrder order, Lane<Command>& back_to)
      : pending_(std::move(pending)), order_(std::move(order)), back_to_(back_to) {}

  [[nodiscard]] bool is_wanted() const noexcept override { return !pending_->is_answered(); }
  void perform(hsm::Token& token) override { sqn_ms_ = check(token, order_); }
  void finish(Outcome outcome) noexcept override {
    if (outcome != Outcome::success) {
      pending_->answer(outcome);
      return;
    }
    pending_->state.checked = CheckedAuts{order_.key, sqn_ms_};
    try {
      back_to_.submit(pending_);
    } catch (const std::exception&) {  // without memory it cannot wait
      pending_->answer(Outcome::out_of_service);
    }
  }
  void give_up(Outcome outcome) noexcept override { pending_->answer(outcome); }
  [[nodiscard]] std::string owner() const override { return order_.key->owner; }

 private:
  const Pending<Command> pending_;
  const AutsOrder order_;
  Lane<Command>& back_to_;
  std::optional<auc::Sqn> sqn_ms_;
};

// The request must have an AUTS.
template <typename Command>
std::unique_ptr<TokenTask> auts_task(Pending<Command> pending, std::shared_ptr<const hsm::KeyReference> key,
                                     Lane<Command>& back_to) {
  const auto resync = resynchronisation_of(pending->request().authorization).value();
  return std::make_unique<AutsTask<Command>>(std::move(pending), AutsOrder{std::move(key), resync.rand, resync.auts},
                                             back_to);
}

// Orders the checks of these requests, whose keys are in their order, and gives back those without one: the transaction
// finds the proper code for them.
template <typename Command>
std::vector<Pending<Command>> order_checks(std::span<const Pending<Command>> batch,
                                           std::span<const std::shared_ptr<const hsm::KeyReference>> keys,
                                           TokenThreads& token, Lane<Command>& back_to) {
  std::vector<Pending<Command>> without;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (keys[i]) {
      token.submit_check(auts_task(batch[i], keys[i], back_to));
    } else {
      batch[i]->state.checked = CheckedAuts{};
      without.push_back(batch[i]);
    }
  }
  return without;
}

}  // namespace hss::app
