// SPDX-License-Identifier: Apache-2.0
// The application: takes decoded requests, batches them through store and token, and gives each exactly one answer.
#pragma once

#include "hss/app/config.h"
#include "hss/app/lane/pending.h"
#include "hss/app/metrics.h"

#include <chrono>
#include <memory>

namespace hss::app {

class PushPort;

class Server {
 public:
  explicit Server(const Config& config);
  ~Server();

  // Whom pushes are sent through, before start(); without, none are. Must outlive the server.
  void push_through(PushPort& port);

  // Checks database and token once and starts the threads. Throws StoreError or hsm::Error of kind config when an
  // operator must act first; a database or token that is merely away is retried in the background.
  void start();

  // Answers everything that waits, then stops. Idempotent. Ends the process when the token holds its thread.
  void stop();

  // The one door for requests of every command (hss/app/cx/commands.h tells what a Command is). Never blocks. The
  // answer may be given before this returns (when the lane is full) or later by another thread.
  template <typename Command>
  void submit(typename Command::Request request, std::unique_ptr<Reply<typename Command::Answer>> reply);

  // What has been counted, by the table of metrics. Any thread; does not block.
  [[nodiscard]] Samples samples() const;

  // How long the most silent of the threads that answer has given no sign of life; they give one at least twice a
  // second when there is nothing to do, and between any two waits otherwise. From start() to stop(), any thread; does
  // not block.
  [[nodiscard]] std::chrono::steady_clock::duration longest_silence() const;

 private:
  void report_end() const;

  class State;
  std::unique_ptr<State> state_;
};

}  // namespace hss::app
