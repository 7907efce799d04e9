// SPDX-License-Identifier: Apache-2.0
// What every interface that authenticates orders of the token: vectors of durable numbers, and the check of an AUTS.
#pragma once

#include "auc/types.h"
#include "hss/app/token_task.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hss::app {

// Vectors whose sequence numbers are durable already.
struct VectorOrder {
  std::shared_ptr<const hsm::KeyReference> key;
  std::vector<auc::Sqn> sqns;
  std::vector<std::uint8_t> rand_nonce;  // not empty: RANDs are proved with it (hss/proved_rand.h)
  auc::Amf amf{};                        // of the domain that the numbers were taken for
};
// One a number, in their order. Blocks for the token; throws hsm::Error.
std::vector<auc::Vector> compute(hsm::Token& token, const VectorOrder& order);

// RAND and AUTS of a failed synchronisation.
struct AutsOrder {
  std::shared_ptr<const hsm::KeyReference> key;
  auc::Rand rand;
  auc::Auts auts;
};
// SQN_MS where MAC-S is authentic. Blocks for the token; throws hsm::Error.
std::optional<auc::Sqn> check(hsm::Token& token, const AutsOrder& order);

// A Client has: is_wanted() const noexcept and give_up(Outcome) noexcept, as TokenTask; and
// answer(Outcome, std::vector<auc::Vector>) noexcept.
template <typename Client>
class VectorTask final : public TokenTask {
 public:
  VectorTask(Client client, VectorOrder order) : client_(std::move(client)), order_(std::move(order)) {}

  [[nodiscard]] bool is_wanted() const noexcept override { return client_.is_wanted(); }
  void perform(hsm::Token& token) override { vectors_ = compute(token, order_); }
  void finish(Outcome outcome) noexcept override { client_.answer(outcome, std::move(vectors_)); }
  void give_up(Outcome outcome) noexcept override { client_.give_up(outcome); }
  [[nodiscard]] std::string owner() const override { return order_.key->owner; }

 private:
  Client client_;
  const VectorOrder order_;
  std::vector<auc::Vector> vectors_;
};

}  // namespace hss::app
