// SPDX-License-Identifier: Apache-2.0
// freeDiameter's callbacks, the refusal of dishonest origins and what is owed for each request.
#include "diameter_ext/dispatch.h"

#include "diameter_ext/called.h"
#include "diameter_ext/cx/location_info_codec.h"
#include "diameter_ext/cx/multimedia_auth_codec.h"
#include "diameter_ext/cx/server_assignment_codec.h"
#include "diameter_ext/cx/user_authorization_codec.h"
#include "diameter_ext/hardened.h"
#include "hsm/base/log_limit.h"

#include <spdlog/spdlog.h>

#include <array>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace diameter_ext {
namespace {

void report(const char* doing, const std::exception& error) {
  static base::LogLimit limit;
  if (const auto held_back = limit.pass(std::string(doing) + error.what())) {
    spdlog::error("{} error=\"{}\" held_back={}", doing, error.what(), *held_back);
  }
}

// The last resort when an answer could not be built: the barest one freeDiameter can make, or null; also where what the
// request wants back is too long by itself.
Message bare_answer(Message request, const char* code) noexcept {
  msg* message = request.get();
  if (message == nullptr || fd_msg_new_answer_from_req(fd_g_config->cnf_dict, &message, 0) != 0) {
    return nullptr;
  }
  static_cast<void>(request.release());
  Message answer(message);
  try {
    check(fd_msg_rescode_set(message, c_string(code), nullptr, nullptr, 1), "fd_msg_rescode_set");
    if (octets_of(message) <= longest_message) {
      return answer;
    }
    throw std::length_error("it is too long for a message");
  } catch (const std::exception& error) {
    report("request_not_answered", error);
    return nullptr;
  }
}

void send_bare(Message request) noexcept { send_now(bare_answer(std::move(request), "DIAMETER_UNABLE_TO_COMPLY")); }

template <typename Codec>
class OutgoingAnswer final : public Outgoing {
 public:
  OutgoingAnswer(const Dictionary& dictionary, Message request)
      : dictionary_(dictionary), request_(std::move(request)) {}

  Message build() noexcept override {
    try {
      return encode<Codec>(dictionary_, request_, answer);
    } catch (const std::exception& error) {
      report("answer_not_built", error);
      return bare_answer(std::move(request_), "DIAMETER_UNABLE_TO_COMPLY");
    }
  }

  [[nodiscard]] msg* request() const noexcept { return request_.get(); }

  typename Codec::Answer answer;

 private:
  const Dictionary& dictionary_;
  Message request_;
};

hss::app::Wire wire_of(msg* request) {
  msg_hdr* header = nullptr;
  check(fd_msg_hdr(request, &header), "fd_msg_hdr");
  return {connection_of(request), header->msg_length};
}

// The request waits here until the server answers, and then travels to the sender as it is.
template <typename Codec>
class ReplyTo final : public hss::app::Reply<typename Codec::Answer> {
 public:
  ReplyTo(Sender& sender, hss::app::Wire wire, std::unique_ptr<OutgoingAnswer<Codec>> outgoing)
      : hss::app::Reply<typename Codec::Answer>(wire), sender_(sender), outgoing_(std::move(outgoing)) {}

  void send(typename Codec::Answer answer) noexcept override {
    outgoing_->answer = std::move(answer);
    std::unique_ptr<Outgoing> ready = std::move(outgoing_);
    try {
      sender_.post(std::move(ready));
    } catch (const std::exception& error) {
      report("answer_not_queued", error);
      send_now(ready->build());
    }
  }

  [[nodiscard]] bool is_wanted() const noexcept override { return diameter_ext::is_wanted(outgoing_->request()); }

 private:
  Sender& sender_;
  std::unique_ptr<OutgoingAnswer<Codec>> outgoing_;
};

using Callback = int (*)(msg**, avp*, session*, void*, disp_action*);

// Takes the message over from freeDiameter, which is told that nothing is left to do.
template <typename Codec>
int take_request(msg** message, avp* /*unused*/, session* /*unused*/, void* opaque, disp_action* /*unused*/) {
  const CancellationOff guard;
  static_cast<Dispatcher*>(opaque)->handle<Codec>(std::exchange(*message, nullptr));
  return 0;
}

int take_unsupported(msg** message, avp* /*unused*/, session* /*unused*/, void* opaque, disp_action* /*unused*/) {
  const CancellationOff guard;
  msg_hdr* header = nullptr;
  if (fd_msg_hdr(*message, &header) == 0 && (header->msg_flags & CMD_FLAG_REQUEST) != 0) {
    static_cast<Dispatcher*>(opaque)->refuse_unsupported(std::exchange(*message, nullptr));
  }
  return 0;
}

struct Handled {
  std::uint32_t command;
  Callback callback;
};
// The commands this build answers. Any other of the application is refused.
constexpr std::array handled{
    Handled{UserAuthorizationCodec::code, take_request<UserAuthorizationCodec>},
    Handled{ServerAssignmentCodec::code, take_request<ServerAssignmentCodec>},
    Handled{LocationInfoCodec::code, take_request<LocationInfoCodec>},
    Handled{MultimediaAuthCodec::code, take_request<MultimediaAuthCodec>},
};

void accept(hss::app::Server& server, hss::UserAuthorizationRequest request,
            std::unique_ptr<ReplyTo<UserAuthorizationCodec>> reply) {
  server.submit<hss::app::UserAuthorization>(std::move(request), std::move(reply));
}
void accept(hss::app::Server& server, hss::ServerAssignmentRequest request,
            std::unique_ptr<ReplyTo<ServerAssignmentCodec>> reply) {
  server.submit<hss::app::ServerAssignment>(std::move(request), std::move(reply));
}
void accept(hss::app::Server& server, hss::LocationInfoRequest request,
            std::unique_ptr<ReplyTo<LocationInfoCodec>> reply) {
  server.submit<hss::app::LocationInfo>(std::move(request), std::move(reply));
}
void accept(hss::app::Server& server, hss::MultimediaAuthRequest request,
            std::unique_ptr<ReplyTo<MultimediaAuthCodec>> reply) {
  server.submit<hss::app::MultimediaAuth>(std::move(request), std::move(reply));
}

}  // namespace

Dispatcher::Dispatcher(const Dictionary& dictionary, hss::app::Server& server, Sender& sender,
                       const hss::app::Permits& permits)
    : dictionary_(dictionary), server_(server), sender_(sender), permits_(permits), handles_(handled.size() + 1) {
  disp_when when{};
  when.app = dictionary.application;
  for (std::size_t i = 0; i < handled.size(); ++i) {
    when.command = dictionary.requests.at(handled[i].command);
    check(fd_disp_register(handled[i].callback, DISP_HOW_CC, &when, this, &handles_[i]), "fd_disp_register");
  }
  when.command = nullptr;
  check(fd_disp_register(take_unsupported, DISP_HOW_APPID, &when, this, &handles_.back()), "fd_disp_register");
  check(fd_disp_app_support(dictionary.application, dictionary.vendor, 1, 0), "fd_disp_app_support");
}

Dispatcher::~Dispatcher() {
  for (disp_hdl*& handle : handles_) {
    if (handle != nullptr) {
      fd_disp_unregister(&handle, nullptr);
    }
  }
}

bool Dispatcher::permits(msg* request, const hss::Requester& origin, hss::Command command) const {
  return permits_.refusal(source_of(request), origin, command) == nullptr;
}

template <typename Codec>
void Dispatcher::handle(msg* received) noexcept {
  Message request(received);
  try {
    auto decoded = Codec::decode(request.get());
    if (const auto* failure = std::get_if<DecodeFailure>(&decoded)) {
      send_now(encode_failure(dictionary_, request, *failure, Codec::repeat));
      return;
    }
    auto& plain = std::get<typename Codec::Request>(decoded);
    const bool permitted = permits(request.get(), plain.requester, Codec::command);
    const hss::app::Wire wire = wire_of(request.get());
    auto outgoing = std::make_unique<OutgoingAnswer<Codec>>(dictionary_, std::move(request));
    if (!permitted) {
      outgoing->answer.outcome = hss::Outcome::authorization_rejected;
      send_now(outgoing->build());
      return;
    }
    accept(server_, std::move(plain), std::make_unique<ReplyTo<Codec>>(sender_, wire, std::move(outgoing)));
  } catch (const std::exception& error) {
    report("request_not_handled", error);
    send_bare(std::move(request));
  }
}

void Dispatcher::refuse_unsupported(msg* received) noexcept {
  Message request(received);
  try {
    send_now(
        encode_failure(dictionary_, request, {result::command_unsupported, nullptr, std::nullopt}, repeat_identities));
  } catch (const std::exception& error) {
    report("request_not_handled", error);
    send_bare(std::move(request));
  }
}

}  // namespace diameter_ext
