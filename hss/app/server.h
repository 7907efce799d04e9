// SPDX-License-Identifier: Apache-2.0
// The application: takes decoded requests, batches them through store and token, and gives each exactly one answer.
#pragma once

#include "hss/app/config.h"
#include "hss/app/lane/pending.h"
#include "hss/command.h"

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

  // The one door for requests of every command (hss/app/cx/commands.h tells what a Command is). Never blocks. The
  // answer may be given before this returns (when the lane is full) or later by another thread.
  template <typename Command>
  void submit(typename Command::Request request, std::unique_ptr<Reply<typename Command::Answer>> reply);

  [[nodiscard]] ServerStatistics statistics() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace hss::app
