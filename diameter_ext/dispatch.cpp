// SPDX-License-Identifier: Apache-2.0
// freeDiameter's callback, the grammar, and what is owed for each request.
#include "diameter_ext/dispatch.h"

#include "diameter_ext/called.h"
#include "diameter_ext/hardened.h"
#include "hsm/base/log.h"

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace diameter_ext {

void report(base::Event event, const std::exception& error) noexcept {
  tell_only([&] { base::log(event, error.what(), "error=\"{}\"", error.what()); });
}

Message bare_answer(Message request) noexcept {
  msg* message = request.get();
  if (message == nullptr || fd_msg_new_answer_from_req(fd_g_config->cnf_dict, &message, 0) != 0) {
    return nullptr;
  }
  static_cast<void>(request.release());
  Message answer(message);
  try {
    check(fd_msg_rescode_set(message, c_string("DIAMETER_UNABLE_TO_COMPLY"), nullptr, nullptr, 1),
          "fd_msg_rescode_set");
    if (octets_of(message) <= longest_message) {
      return answer;
    }
    throw std::length_error("it is too long for a message");
  } catch (const std::exception& error) {
    report(base::event("request_not_answered"), error);
    return nullptr;
  }
}

Dispatcher::~Dispatcher() {
  for (disp_hdl*& handle : handles_) {
    if (handle != nullptr) {
      fd_disp_unregister(&handle, nullptr);
    }
  }
}

void Dispatcher::offer(std::span<const Application* const> applications) {
  offered_.reserve(applications.size());  // freeDiameter holds addresses of its elements
  for (const Application* const application : applications) {
    offered_.push_back({this, application});
  }
  handles_.resize(offered_.size());
  for (std::size_t i = 0; i < offered_.size(); ++i) {
    const Application& application = *offered_[i].application;
    disp_when when{};
    when.app = dictionary_.applications.at(application.id);
    check(fd_disp_register(take_message, DISP_HOW_APPID, &when, &offered_[i], &handles_[i]), "fd_disp_register");
    check(fd_disp_app_support(when.app, find_vendor(application.vendor), 1, 0), "fd_disp_app_support");
  }
}

// Of answers nobody here has asked for anything.
int Dispatcher::take_message(msg** message, AvpHandle* /*unused*/, session* /*session*/, void* opaque,
                             disp_action* /*action*/) {
  const CancellationOff guard;
  msg_hdr* header = nullptr;
  if (fd_msg_hdr(*message, &header) == 0 && (header->msg_flags & CMD_FLAG_REQUEST) != 0) {
    const auto* const offered = static_cast<const Offered*>(opaque);
    offered->dispatcher->take(*offered->application, std::exchange(*message, nullptr));
  }
  return 0;
}

void Dispatcher::take(const Application& application, msg* received) const noexcept {
  Message request(received);
  try {
    serve(application, request);
  } catch (const std::exception& error) {
    report(base::event("request_not_handled"), error);
    send_now(bare_answer(std::move(request)));
  }
}

// A command that is not served here has no grammar that it could break.
void Dispatcher::serve(const Application& application, Message& request) const {
  const ReceivedRequest received = look_at(request.get());
  const CommandRow* const row = find_command(application, received.header->msg_code);
  if (row == nullptr || row->serve == nullptr) {
    send_now(encode_failure(style_of(application, application.repeat), request,
                            {result::command_unsupported, nullptr, std::nullopt}));
    return;
  }
  if (const auto failure = check_grammar(row->request, application.groups, received.avps)) {
    send_now(encode_failure(style_of(application, row->repeat), request, *failure));
    return;
  }
  row->serve(*this, application, *row, received, request);
}

bool Dispatcher::permits(msg* request, const hss::Requester& origin, hss::Command command) const {
  return permits_.refusal(source_of(request), origin, command) == nullptr;
}

}  // namespace diameter_ext
