// SPDX-License-Identifier: Apache-2.0
// What sends pushes to S-CSCFs, and what hears their answers.
#pragma once

#include "hss/cx/push_messages.h"

#include <cstdint>
#include <string_view>

namespace hss::app {

// How many time-outs long an answer is heard that was taken for lost: what was sent once more meanwhile may have
// arrived before it.
inline constexpr int late_timeouts = 6;

class PushHearer {
 public:
  virtual ~PushHearer() = default;
  // Any thread; does not block. Of a key that is not waited for: nothing happens.
  virtual void hear(std::uint64_t key, PushAnswer answer) noexcept = 0;
};

class PushPort {
 public:
  virtual ~PushPort() = default;
  // Who hears the answers from now on; null: nobody. On return nobody is called any more who was before.
  virtual void answer_to(PushHearer* hearer) noexcept = 0;
  // Whether this host, or an agent, has a connection that takes requests. Any thread; does not block.
  [[nodiscard]] virtual bool reaches(std::string_view host) noexcept = 0;
  // Each sends one request. An answer, or that none came, is told by `key`, perhaps never: whoever asks watches the
  // clock. False: it was not sent. May wait while freeDiameter's queue is full.
  virtual bool ask(const TerminationRequest& request, std::uint64_t key) noexcept = 0;
  virtual bool ask(const ProfileRequest& request, std::uint64_t key) noexcept = 0;
};

}  // namespace hss::app
