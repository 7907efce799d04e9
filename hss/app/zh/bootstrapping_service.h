// SPDX-License-Identifier: Apache-2.0
// Serves batches of Zh: one transaction, one vector each from the token, the user security settings as XML.
#pragma once

#include "hss/app/lane/lane.h"
#include "hss/app/number_report.h"
#include "hss/app/token_thread.h"
#include "hss/app/zh/commands.h"
#include "hss/zh/multimedia_auth.h"
#include "hss/zh/user_store.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hss::app {

using Bootstrappings = Lane<ZhMultimediaAuth>;
using SlowBootstrappings = SlowLane<ZhMultimediaAuth>;

struct BootstrappingSettings {
  NumberPolicy numbers;
  auc::Amf amf{};                        // of the domain GBA
  std::shared_ptr<NumberBudget> budget;  // of all services together, those of other interfaces as well
  std::string guss_namespace;            // of GBA-UserSecSettings; empty: none
};

// One thread at a time. Blocks for the store; prepare and serve throw StoreError, and then nothing is known to be
// written.
class BootstrappingService {
 public:
  static constexpr const char* thread_name = "quintet-zh";

  // What had its AUTS checked comes back on `lane`; `slow` takes what waits for a row that somebody else holds.
  BootstrappingService(std::unique_ptr<zh::UserStore> store, TokenThreads& token, Bootstrappings& lane,
                       SlowBootstrappings& slow, BootstrappingSettings settings);

  void connect();
  void before_taking() { token_.wait_for_room(); }
  [[nodiscard]] std::optional<Outcome> refusal() const noexcept { return token_.refusal(); }

  // Finds the users of public identities. Requests with an unchecked AUTS go through the token first and come back
  // through the lane.
  std::vector<Pending<ZhMultimediaAuth>> prepare(std::span<const Pending<ZhMultimediaAuth>> batch);
  void serve(std::span<const Pending<ZhMultimediaAuth>> batch);

 private:
  void find_users(std::span<const Pending<ZhMultimediaAuth>> batch);
  // Null: it is answered, or waits elsewhere.
  std::unique_ptr<TokenTask> follow(const Pending<ZhMultimediaAuth>& pending, zh::AuthenticationDecision decision);

  std::unique_ptr<zh::UserStore> store_;
  TokenThreads& token_;
  Bootstrappings& lane_;
  SlowBootstrappings& slow_;
  const BootstrappingSettings settings_;
};

}  // namespace hss::app
