// SPDX-License-Identifier: Apache-2.0
// Between plain values and messages.
#include "diameter_ext/cx/pusher.h"

#include "diameter_ext/cx/application.h"
#include "diameter_ext/cx/push_codec.h"
#include "diameter_ext/dispatch.h"
#include "hsm/base/log.h"

#include <exception>
#include <utility>

namespace diameter_ext {

Pusher::Pusher(const Dictionary& dictionary, std::vector<std::string> agents, std::chrono::milliseconds patience)
    : client_(dictionary, std::move(agents), patience, [this](std::uint64_t key, msg* answer) { hear(key, answer); }) {}

void Pusher::answer_to(hss::app::PushHearer* hearer) noexcept {
  const std::lock_guard lock(mutex_);
  hearer_ = hearer;
}

void Pusher::hear(std::uint64_t key, msg* answer) {
  hss::PushAnswer plain = decode_push_answer(answer);
  const std::lock_guard lock(mutex_);
  if (hearer_ != nullptr) {
    hearer_->hear(key, std::move(plain));
  }
}

template <typename Codec, typename Request>
bool Pusher::send(const Request& request, std::uint64_t key) noexcept {
  try {
    Message message = client_.new_request(cx::application, Codec::command, request.destination);
    Writer writer(client_.dictionary(), message.get());
    Codec::write(writer, request);
    return client_.ask(std::move(message), key);
  } catch (const std::exception& error) {
    report(base::event("push_not_built"), error);
    return false;
  }
}

bool Pusher::ask(const hss::TerminationRequest& request, std::uint64_t key) noexcept {
  return send<TerminationCodec>(request, key);
}
bool Pusher::ask(const hss::ProfileRequest& request, std::uint64_t key) noexcept {
  return send<ProfileCodec>(request, key);
}

}  // namespace diameter_ext
