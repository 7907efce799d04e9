// SPDX-License-Identifier: Apache-2.0
// Sends pushes of Cx and hands their answers on.
#pragma once

#include "diameter_ext/client.h"
#include "hss/app/cx/push_port.h"

#include <mutex>

namespace diameter_ext {

class Pusher final : public hss::app::PushPort {
 public:
  // Throws FdError.
  Pusher(const Dictionary& dictionary, std::vector<std::string> agents, std::chrono::milliseconds patience);

  void answer_to(hss::app::PushHearer* hearer) noexcept override;
  [[nodiscard]] bool reaches(std::string_view host) noexcept override { return client_.reaches(host); }
  bool ask(const hss::TerminationRequest& request, std::uint64_t key) noexcept override;
  bool ask(const hss::ProfileRequest& request, std::uint64_t key) noexcept override;

 private:
  template <typename Codec, typename Request>
  bool send(const Request& request, std::uint64_t key) noexcept;
  void hear(std::uint64_t key, msg* answer);

  std::mutex mutex_;
  hss::app::PushHearer* hearer_ = nullptr;
  Client client_;
};

}  // namespace diameter_ext
