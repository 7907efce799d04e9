// SPDX-License-Identifier: Apache-2.0
// From freeDiameter's dispatch threads into the server: each request leaves with exactly one answer.
#pragma once

#include "diameter_ext/application.h"
#include "diameter_ext/dictionary/define.h"
#include "diameter_ext/sender.h"
#include "hsm/base/log.h"
#include "hss/app/permits.h"

#include <exception>
#include <span>
#include <string_view>
#include <vector>

namespace diameter_ext {

// What the requests of all applications go through: the grammar, the permits, the door of the server.
class Dispatcher {
 public:
  // Where an accepted request goes: `serve` of a command knows its type. The references must outlive this object.
  template <typename Door>
  Dispatcher(const Dictionary& dictionary, Door& door, Sender& sender, const hss::app::Permits& permits)
      : dictionary_(dictionary), door_(&door), sender_(sender), permits_(permits) {}
  Dispatcher(const Dispatcher&) = delete;  // freeDiameter holds its address
  Dispatcher& operator=(const Dispatcher&) = delete;
  ~Dispatcher();  // waits for callbacks under way

  // Takes the requests of these applications from now on, and tells peers of them. Throws FdError.
  void offer(std::span<const Application* const> applications);

  // Takes the message over and sees to its answer. Never throws, never waits for database or token.
  void take(const Application& application, msg* received) const noexcept;

  // Whether the request may be asked over the connection it came on.
  [[nodiscard]] bool permits(msg* request, const hss::Requester& origin, hss::Command command) const;
  [[nodiscard]] AnswerStyle style_of(const Application& application, Repeat repeat) const {
    return {dictionary_, application, repeat};
  }
  template <typename Door>
  [[nodiscard]] Door& door() const {
    return *static_cast<Door*>(door_);
  }
  [[nodiscard]] Sender& sender() const noexcept { return sender_; }

 private:
  void serve(const Application& application, Message& request) const;

  // What freeDiameter gives back with a message.
  struct Offered {
    const Dispatcher* dispatcher;
    const Application* application;
  };
  static int take_message(msg** message, AvpHandle* unused, session* session, void* opaque, disp_action* action);

  const Dictionary& dictionary_;
  void* const door_;
  Sender& sender_;
  const hss::app::Permits& permits_;
  std::vector<Offered> offered_;
  std::vector<disp_hdl*> handles_;
};

// The last resort when an answer could not be built: the barest one freeDiameter can make, 5012, or null; also where
// what the request wants back is too long by itself.
Message bare_answer(Message request) noexcept;

// A line of log, limited by what is done and what went wrong.
void report(base::Event event, const std::exception& error) noexcept;

}  // namespace diameter_ext
