// SPDX-License-Identifier: Apache-2.0
// Serves batches of Multimedia-Auth: one transaction, and the token gets what succeeded.
#pragma once

#include "hss/app/cx/commands.h"
#include "hss/app/lane/lane.h"
#include "hss/app/number_report.h"
#include "hss/app/token_thread.h"
#include "hss/cx/authentication_store.h"
#include "hss/cx/multimedia_auth.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hss::app {

using SlowAuthentications = SlowLane<MultimediaAuth>;

struct AuthenticationSettings {
  AuthenticationPolicy policy;
  auc::Amf amf{};                        // of the domain IMS
  std::shared_ptr<NumberBudget> budget;  // of all services together
};

// One thread at a time. Blocks for the store; prepare and serve throw StoreError, and then nothing is known to be
// written.
class AuthenticationService {
 public:
  static constexpr const char* thread_name = "quintet-cx-auth";

  // What had its AUTS checked comes back on `lane`; `slow` takes what waits for a row that somebody else holds.
  AuthenticationService(std::unique_ptr<AuthenticationStore> store, TokenThreads& token, Lane<MultimediaAuth>& lane,
                        SlowAuthentications& slow, AuthenticationSettings settings);

  void connect();
  void before_taking() { token_.wait_for_room(); }
  [[nodiscard]] std::optional<Outcome> refusal() const noexcept { return token_.refusal(); }

  // Requests with an unchecked AUTS go through the token first and come back through the lane.
  std::vector<Pending<MultimediaAuth>> prepare(std::span<const Pending<MultimediaAuth>> batch);
  void serve(std::span<const Pending<MultimediaAuth>> batch);

 private:
  std::vector<std::unique_ptr<TokenTask>> split_by_scheme(std::span<const Pending<MultimediaAuth>> batch,
                                                          std::vector<AuthenticationDecision> decisions);

  std::unique_ptr<AuthenticationStore> store_;
  TokenThreads& token_;
  Lane<MultimediaAuth>& lane_;
  SlowAuthentications& slow_;
  const AuthenticationSettings settings_;
};

}  // namespace hss::app
