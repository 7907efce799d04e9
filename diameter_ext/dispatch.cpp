// freeDiameter's callbacks, the refusal of dishonest origins and what is owed for each request.
#include "diameter_ext/dispatch.h"

#include "diameter_ext/codec.h"
#include "hss/app/log_limit.h"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <exception>
#include <utility>

namespace diameter_ext {
namespace {

constexpr std::uint32_t command_unsupported = 3001;

// freeDiameter ends its threads by cancelling them; unwinding through C++ frames would end the process instead.
class CancellationOff {
 public:
  CancellationOff() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  CancellationOff(const CancellationOff&) = delete;
  CancellationOff& operator=(const CancellationOff&) = delete;
  ~CancellationOff() { pthread_setcancelstate(before_, nullptr); }

 private:
  int before_ = PTHREAD_CANCEL_ENABLE;
};

void report(const char* doing, const std::exception& error) {
  static hss::app::LogLimit limit;
  if (const auto held_back = limit.pass()) {
    spdlog::error("{} error=\"{}\" held_back={}", doing, error.what(), *held_back);
  }
}

// The last resort when an answer could not be built: the barest one freeDiameter can make, or null.
Message bare_answer(Message request, const char* code) noexcept {
  msg* message = request.get();
  if (message == nullptr || fd_msg_new_answer_from_req(fd_g_config->cnf_dict, &message, 0) != 0) {
    return nullptr;
  }
  static_cast<void>(request.release());
  Message answer(message);
  return fd_msg_rescode_set(message, c_string(code), nullptr, nullptr, 1) == 0 ? std::move(answer) : nullptr;
}

void send_bare(Message request) noexcept { send_now(bare_answer(std::move(request), "DIAMETER_UNABLE_TO_COMPLY")); }

class OutgoingMultimediaAuth final : public Outgoing {
 public:
  OutgoingMultimediaAuth(const Dictionary& dictionary, Message request, Echo echo)
      : dictionary_(dictionary), request_(std::move(request)), echo_(std::move(echo)) {}

  Message build() noexcept override {
    try {
      return encode_multimedia_auth(dictionary_, request_, echo_, answer);
    } catch (const std::exception& error) {
      report("answer_not_built", error);
      return bare_answer(std::move(request_), "DIAMETER_UNABLE_TO_COMPLY");
    }
  }

  hss::MultimediaAuthAnswer answer;

 private:
  const Dictionary& dictionary_;
  Message request_;
  const Echo echo_;
};

// The request waits here until the server answers, and then travels to the sender as it is.
class MultimediaAuthReply final : public hss::app::AuthReply {
 public:
  MultimediaAuthReply(Sender& sender, std::unique_ptr<OutgoingMultimediaAuth> outgoing)
      : sender_(sender), outgoing_(std::move(outgoing)) {}

  void send(hss::MultimediaAuthAnswer answer) noexcept override {
    outgoing_->answer = std::move(answer);
    std::unique_ptr<Outgoing> ready = std::move(outgoing_);
    try {
      sender_.post(std::move(ready));
    } catch (const std::exception& error) {
      report("answer_not_queued", error);
      send_now(ready->build());
    }
  }

 private:
  Sender& sender_;
  std::unique_ptr<OutgoingMultimediaAuth> outgoing_;
};

std::string_view source_of(msg* request) {
  DiamId_t host = nullptr;
  std::size_t length = 0;
  check(fd_msg_source_get(request, &host, &length), "fd_msg_source_get");
  return host == nullptr ? std::string_view{} : std::string_view(host, length);
}

extern "C" {

int quintet_multimedia_auth(msg** message, avp* /*unused*/, session* /*unused*/, void* opaque,
                            disp_action* /*unused*/) {
  const CancellationOff guard;
  static_cast<Dispatcher*>(opaque)->multimedia_auth(std::exchange(*message, nullptr));
  return 0;
}

int quintet_unsupported(msg** message, avp* /*unused*/, session* /*unused*/, void* opaque, disp_action* /*unused*/) {
  const CancellationOff guard;
  msg_hdr* header = nullptr;
  if (fd_msg_hdr(*message, &header) == 0 && (header->msg_flags & CMD_FLAG_REQUEST) != 0) {
    static_cast<Dispatcher*>(opaque)->unsupported(std::exchange(*message, nullptr));
  }
  return 0;
}

}  // extern "C"

}  // namespace

Dispatcher::Dispatcher(const Dictionary& dictionary, hss::app::Server& server, Sender& sender, OriginCheck origins)
    : dictionary_(dictionary), server_(server), sender_(sender), origins_(std::move(origins)) {
  disp_when when{};
  when.app = dictionary.application;
  when.command = dictionary.multimedia_auth_request;
  check(fd_disp_register(quintet_multimedia_auth, DISP_HOW_CC, &when, this, &handles_[0]), "fd_disp_register");
  when.command = nullptr;
  check(fd_disp_register(quintet_unsupported, DISP_HOW_APPID, &when, this, &handles_[1]), "fd_disp_register");
  check(fd_disp_app_support(dictionary.application, dictionary.vendor, 1, 0), "fd_disp_app_support");
}

Dispatcher::~Dispatcher() {
  for (disp_hdl*& handle : handles_) {
    if (handle != nullptr) {
      fd_disp_unregister(&handle, nullptr);
    }
  }
}

void Dispatcher::multimedia_auth(msg* received) noexcept {
  Message request(received);
  try {
    Echo echo = echo_of(request.get());
    auto decoded = decode_multimedia_auth(request.get());
    if (const auto* failure = std::get_if<DecodeFailure>(&decoded)) {
      send_now(encode_failure(dictionary_, request, echo, *failure));
      return;
    }
    auto& plain = std::get<hss::MultimediaAuthRequest>(decoded);
    const bool honest = origins_.allows(plain.requester.host, source_of(request.get()));
    auto outgoing = std::make_unique<OutgoingMultimediaAuth>(dictionary_, std::move(request), std::move(echo));
    if (!honest) {
      outgoing->answer.outcome = hss::Outcome::authorization_rejected;
      send_now(outgoing->build());
      return;
    }
    server_.multimedia_auth(std::move(plain), std::make_unique<MultimediaAuthReply>(sender_, std::move(outgoing)));
  } catch (const std::exception& error) {
    report("request_not_handled", error);
    send_bare(std::move(request));
  }
}

void Dispatcher::unsupported(msg* received) noexcept {
  Message request(received);
  try {
    const Echo echo = echo_of(request.get());
    send_now(encode_failure(dictionary_, request, echo, {command_unsupported, nullptr, std::nullopt}));
  } catch (const std::exception& error) {
    report("request_not_handled", error);
    send_bare(std::move(request));
  }
}

}  // namespace diameter_ext
