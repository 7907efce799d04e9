// SPDX-License-Identifier: Apache-2.0
// From freeDiameter's dispatch threads into the server and back: each request leaves with exactly one answer.
#pragma once

#include "diameter_ext/dictionary/define.h"
#include "diameter_ext/sender.h"
#include "hss/app/permits.h"
#include "hss/app/server.h"

#include <vector>

namespace diameter_ext {

class Dispatcher {
 public:
  // Registers the Cx application and its handlers. The references must outlive this object. Throws FdError.
  Dispatcher(const Dictionary& dictionary, hss::app::Server& server, Sender& sender, const hss::app::Permits& permits);
  Dispatcher(const Dispatcher&) = delete;  // freeDiameter holds its address
  Dispatcher& operator=(const Dispatcher&) = delete;
  ~Dispatcher();  // waits for callbacks under way

  // Take the message over; never throw, never wait for database or token.
  template <typename Codec>
  void handle(msg* request) noexcept;
  void refuse_unsupported(msg* request) noexcept;

 private:
  // Whether the request may be asked over the connection it came on.
  bool permits(msg* request, const hss::Requester& origin, hss::Command command) const;

  const Dictionary& dictionary_;
  hss::app::Server& server_;
  Sender& sender_;
  const hss::app::Permits& permits_;
  std::vector<disp_hdl*> handles_;
};

}  // namespace diameter_ext
