// SPDX-License-Identifier: Apache-2.0
// A piece of work for the token, whoever ordered it.
#pragma once

#include "hsm/token.h"
#include "hss/outcome.h"

#include <string>

namespace hss::app {

class TokenTask {
 public:
  TokenTask() = default;
  TokenTask(const TokenTask&) = delete;
  TokenTask& operator=(const TokenTask&) = delete;
  virtual ~TokenTask() = default;

  // Any thread. False when somebody has answered already: it is then not begun.
  [[nodiscard]] virtual bool is_wanted() const noexcept = 0;

  // On a token thread: does the work and keeps what came of it. Throws hsm::Error; is then called once more where the
  // key's handle or the session was the trouble.
  virtual void perform(hsm::Token& token) = 0;

  // On the same thread, some tasks later at most: gives what came of it to whoever ordered it. The last call, except
  // for give_up.
  virtual void finish(Outcome outcome) noexcept = 0;

  // Any thread, also while it is performed, and more than once: whoever ordered it need not wait any longer.
  virtual void give_up(Outcome outcome) noexcept = 0;

  // Whose key or secret it works with, for the log. Any thread.
  [[nodiscard]] virtual std::string owner() const = 0;
};

}  // namespace hss::app
