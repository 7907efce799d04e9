// SPDX-License-Identifier: Apache-2.0
// Asks peers: requests of ours go to their destination or an agent for it, to nobody else, and not a second time.
#pragma once

#include "diameter_ext/application.h"
#include "diameter_ext/dictionary/define.h"
#include "diameter_ext/message.h"
#include "hss/requester.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace diameter_ext {

// One in a process, because freeDiameter gives callbacks nothing that could outlive an extension.
class Client {
 public:
  // By the key of its request: the answer. On a thread of freeDiameter; must not block.
  using Hear = std::function<void(std::uint64_t key, msg* answer)>;

  // `patience`: what freeDiameter keeps a request for that nobody answers: as long as a late answer is to be heard.
  // Throws FdError.
  Client(const Dictionary& dictionary, std::vector<std::string> agents, std::chrono::milliseconds patience, Hear hear);
  Client(const Client&) = delete;  // freeDiameter holds its address
  Client& operator=(const Client&) = delete;
  ~Client();  // on return nothing is heard any more

  // Whether the host, or an agent, has a connection that takes requests. Any thread; does not block.
  [[nodiscard]] bool reaches(std::string_view host) const noexcept;

  // A request with all that every command has, Session-Id and addresses among it; no session is kept. Throws FdError.
  [[nodiscard]] Message new_request(const Application& application, std::uint32_t command,
                                    const hss::Requester& destination);

  // False: it did not leave. Any thread; may wait while freeDiameter's queue of 30 is full.
  bool ask(Message request, std::uint64_t key) noexcept;

  [[nodiscard]] const Dictionary& dictionary() const noexcept { return dictionary_; }

 private:
  static void on_answer(void* key, msg** answer);
  static void on_silence(void* key, DiamId_t peer, std::size_t length, msg** request);
  static int route(void* client, msg** message, fd_list* candidates);
  [[nodiscard]] bool is_agent(std::string_view host) const noexcept;

  const Dictionary& dictionary_;
  const std::vector<std::string> agents_;
  const std::chrono::milliseconds patience_;
  const Hear hear_;
  const std::uint32_t born_;  // of Session-Ids
  std::atomic<std::uint32_t> sessions_{0};
  fd_rt_out_hdl* handle_ = nullptr;
};

}  // namespace diameter_ext
