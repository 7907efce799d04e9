// SPDX-License-Identifier: Apache-2.0
// An application of Diameter as a value: its commands, their grammar, and who answers them (RFC 6733 2.4).
#pragma once

#include "diameter_ext/codec.h"
#include "diameter_ext/dictionary/grammar.h"
#include "hss/command.h"

#include <cstdint>
#include <memory>
#include <span>

namespace hss::app {
struct Config;
class Server;
}  // namespace hss::app

namespace diameter_ext {

class Dispatcher;
struct Application;
struct CommandRow;

// Takes over a request that obeys its grammar, and answers it now or has it answered later. Never waits for database or
// token. May throw; where the request is then still there, it gets the barest answer.
using Serve = void (*)(const Dispatcher& dispatcher, const Application& application, const CommandRow& row,
                       const ReceivedRequest& received, Message& request);

struct CommandRow {
  std::uint32_t code;
  const char* name;          // as people say it: "MAR"
  const char* request_name;  // as the dictionary has it
  const char* answer_name;
  Grammar request;
  Grammar answer;
  // Null: a request of this command is not for us to receive; it gets 3001.
  Serve serve = nullptr;
  Repeat repeat = repeat_identities;  // what answers, also bad ones, have of their request
  hss::Command command{};             // that permits speak of; where there is `serve`
};

// What an application asks of peers by itself, while it lives.
class Asking {
 public:
  virtual ~Asking() = default;
};
using StartAsking = std::unique_ptr<Asking> (*)(const Dictionary& dictionary, const hss::app::Config& config,
                                                hss::app::Server& server);

struct Application {
  std::uint32_t id;
  std::uint32_t vendor;
  const char* name;
  std::span<const CommandRow> commands;
  std::span<const GroupRow> groups;    // grouped AVPs that its commands have
  Repeat repeat;                       // of answers to commands that are not served
  StartAsking start_asking = nullptr;  // null: it asks nobody. Throws FdError
};

// Null: there is none.
[[nodiscard]] const CommandRow* find_command(const Application& application, std::uint32_t code) noexcept;
[[nodiscard]] const Application* find_application(std::span<const Application* const> among, std::uint32_t id) noexcept;

}  // namespace diameter_ext
