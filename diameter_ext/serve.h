// SPDX-License-Identifier: Apache-2.0
// The way of a request from the wire to the server and of its answer back, the same for every command.
#pragma once

#include "diameter_ext/dispatch.h"
#include "diameter_ext/hardened.h"
#include "diameter_ext/sender.h"
#include "hsm/base/log.h"
#include "hss/app/lane/pending.h"

#include <exception>
#include <memory>
#include <utility>
#include <variant>

namespace diameter_ext {

template <typename Codec>
class OutgoingAnswer final : public Outgoing {
 public:
  // `echo` looks into the request.
  OutgoingAnswer(const AnswerStyle& style, const Echo& echo, Message request)
      : style_(style), echo_(echo), request_(std::move(request)) {}

  Message build() noexcept override {
    try {
      return encode<Codec>(style_, request_, echo_, answer);
    } catch (const std::exception& error) {
      report(base::event("answer_not_built"), error);
      return bare_answer(std::move(request_));
    }
  }

  [[nodiscard]] msg* request() const noexcept { return request_.get(); }

  typename Codec::Answer answer;

 private:
  const AnswerStyle style_;
  const Echo echo_;
  Message request_;
};

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
      report(base::event("answer_not_queued"), error);
      send_now(ready->build());
    }
  }

  [[nodiscard]] bool is_wanted() const noexcept override { return diameter_ext::is_wanted(outgoing_->request()); }

 private:
  Sender& sender_;
  std::unique_ptr<OutgoingAnswer<Codec>> outgoing_;
};

// As Serve wants it, for the commands of which `Door` has submit<Codec::Command>(Request, std::unique_ptr<Reply>).
template <typename Codec, typename Door>
void serve(const Dispatcher& dispatcher, const Application& application, const CommandRow& row,
           const ReceivedRequest& received, Message& request) {
  const AnswerStyle style = dispatcher.style_of(application, row.repeat);
  auto decoded = Codec::decode(received);
  if (const auto* failure = std::get_if<DecodeFailure>(&decoded)) {
    send_now(encode_failure(style, request, *failure));
    return;
  }
  auto& plain = std::get<typename Codec::Request>(decoded);
  const bool permitted = dispatcher.permits(request.get(), plain.requester, row.command);
  const hss::app::Wire wire{connection_of(request.get()), received.header->msg_length};
  auto outgoing = std::make_unique<OutgoingAnswer<Codec>>(style, echo_of(received.avps), std::move(request));
  if (!permitted) {
    outgoing->answer.outcome = hss::Outcome::authorization_rejected;
    send_now(outgoing->build());
    return;
  }
  dispatcher.door<Door>().template submit<typename Codec::Command>(
      std::move(plain), std::make_unique<ReplyTo<Codec>>(dispatcher.sender(), wire, std::move(outgoing)));
}

}  // namespace diameter_ext
