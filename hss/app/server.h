// SPDX-License-Identifier: Apache-2.0
// The application: takes decoded requests, batches them through store and token, and gives each exactly one answer.
#pragma once

#include "hss/app/config.h"
#include "hss/app/lane/pending.h"

#include <array>
#include <cstdint>
#include <memory>

namespace hss::app {

struct ServerStatistics {
  std::array<AnswerCounts, command_count> answers{};     // by Command and Outcome
  std::array<std::uint64_t, command_count> dropped{};    // by Command: got no answer, as diameter.peer wants it
  std::array<std::uint64_t, command_count> abandoned{};  // by Command: got none, because the connection had gone
  std::uint64_t batches = 0;
};

class Server {
 public:
  explicit Server(const Config& config);
  ~Server();

  // Checks database and token once and starts the threads. Throws StoreError or hsm::Error of kind config when an
  // operator must act first; a database or token that is merely away is retried in the background.
  void start();

  // Answers everything that waits, then stops. Idempotent. Ends the process when the token holds its thread.
  void stop();

  // Never block. The answer may be given before these return (when the queue is full) or later by another thread.
  void user_authorization(UserAuthorizationRequest request, std::unique_ptr<Reply<UserAuthorizationAnswer>> reply);
  void location_info(LocationInfoRequest request, std::unique_ptr<Reply<LocationInfoAnswer>> reply);
  void server_assignment(ServerAssignmentRequest request, std::unique_ptr<Reply<ServerAssignmentAnswer>> reply);
  void multimedia_auth(MultimediaAuthRequest request, std::unique_ptr<Reply<MultimediaAuthAnswer>> reply);

  [[nodiscard]] ServerStatistics statistics() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace hss::app
