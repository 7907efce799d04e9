// SPDX-License-Identifier: Apache-2.0
// constant.fdx: answers every UAR, SAR, LIR and MAR at once with the same values; what freeDiameter can carry at most
// when nothing is done.
#include <arpa/inet.h>
#include <pthread.h>

#include <array>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

#include "dictionary.h"

namespace bench {
namespace {

using Octets = std::span<const std::uint8_t>;

// The dictionary objects of the answer, looked up once.
struct AnswerAvps {
  dict_object* user_name;
  dict_object* public_identity;
  dict_object* application;
  dict_object* vendor_id;
  dict_object* auth_application;
  dict_object* session_state;
  dict_object* experimental;
  dict_object* experimental_code;
  dict_object* origin_host;
  dict_object* origin_realm;
  dict_object* server_name;
  dict_object* user_data;
  dict_object* item_count;
  dict_object* item;
  dict_object* item_number;
  dict_object* scheme;
  dict_object* authenticate;
  dict_object* authorization;
  dict_object* ck;
  dict_object* ik;
};

struct Extension {
  CxObjects cx;
  AnswerAvps avp;
  std::array<disp_hdl*, command_count> dispatch;
  std::string user_data;  // of every SAA
  fd_hook_hdl* hooks;
};
Extension extension{};  // freeDiameter's callbacks have no other way to reach it at unloading

bool find_answer_avps(AnswerAvps& avp) {
  avp = {find_avp(1, 0),
         find_avp(601, vendor_3gpp),
         find_avp(260, 0),
         find_avp(266, 0),
         find_avp(258, 0),
         find_avp(277, 0),
         find_avp(297, 0),
         find_avp(298, 0),
         find_avp(264, 0),
         find_avp(296, 0),
         find_avp(602, vendor_3gpp),
         find_avp(606, vendor_3gpp),
         find_avp(607, vendor_3gpp),
         find_avp(612, vendor_3gpp),
         find_avp(613, vendor_3gpp),
         find_avp(608, vendor_3gpp),
         find_avp(609, vendor_3gpp),
         find_avp(610, vendor_3gpp),
         find_avp(625, vendor_3gpp),
         find_avp(626, vendor_3gpp)};
  return avp.user_name != nullptr && avp.application != nullptr && avp.vendor_id != nullptr &&
         avp.auth_application != nullptr && avp.session_state != nullptr && avp.experimental != nullptr &&
         avp.server_name != nullptr && avp.user_data != nullptr && avp.ik != nullptr;
}

int add(msg_or_avp* parent, dict_object* model, avp_value value) {
  avp* added = nullptr;
  int error = fd_msg_avp_new(model, 0, &added);
  if (error == 0) error = fd_msg_avp_setvalue(added, &value);
  return error == 0 ? fd_msg_avp_add(parent, MSG_BRW_LAST_CHILD, added) : error;
}

int add_number(msg_or_avp* parent, dict_object* model, std::uint32_t number) {
  avp_value value{};
  value.u32 = number;
  return add(parent, model, value);
}

int add_octets(msg_or_avp* parent, dict_object* model, Octets octets) {
  avp_value value{};
  value.os.data = const_cast<std::uint8_t*>(octets.data());  // setvalue copies them
  value.os.len = octets.size();
  return add(parent, model, value);
}

// The same AVP of the request, value for value.
int add_echo(msg* answer, msg* request, dict_object* model) {
  avp* from = nullptr;
  avp_hdr* header = nullptr;
  int error = fd_msg_search_avp(request, model, &from);
  if (error == 0 && from == nullptr) return 0;
  if (error == 0) error = fd_msg_avp_hdr(from, &header);
  return error == 0 ? add(answer, model, *header->avp_value) : error;
}

int add_application(msg* answer) {
  avp* application = nullptr;
  int error = fd_msg_avp_new(extension.avp.application, 0, &application);
  if (error == 0) error = add_number(application, extension.avp.vendor_id, vendor_3gpp);
  if (error == 0) error = add_number(application, extension.avp.auth_application, 16777216);
  return error == 0 ? fd_msg_avp_add(answer, MSG_BRW_LAST_CHILD, application) : error;
}

int add_item(msg* answer) {
  static constexpr std::array<std::uint8_t, 32> constant{1, 2, 3, 4, 5, 6, 7, 8};
  static constexpr std::string_view scheme = "Digest-AKAv1-MD5";
  const Octets octets(constant);
  avp* item = nullptr;
  int error = fd_msg_avp_new(extension.avp.item, 0, &item);
  if (error == 0) error = add_number(item, extension.avp.item_number, 1);
  if (error == 0) {
    const auto* text = reinterpret_cast<const std::uint8_t*>(scheme.data());  // characters as octets
    error = add_octets(item, extension.avp.scheme, {text, scheme.size()});
  }
  if (error == 0) error = add_octets(item, extension.avp.authenticate, octets);
  if (error == 0) error = add_octets(item, extension.avp.authorization, octets.first(8));
  if (error == 0) error = add_octets(item, extension.avp.ck, octets.first(16));
  if (error == 0) error = add_octets(item, extension.avp.ik, octets.first(16));
  return error == 0 ? fd_msg_avp_add(answer, MSG_BRW_LAST_CHILD, item) : error;
}

Octets octets_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

// Experimental-Result, with the origin that fd_msg_rescode_set would add beside a Result-Code.
int add_subsequent_registration(msg* answer) {
  avp* result = nullptr;
  int error = fd_msg_avp_new(extension.avp.experimental, 0, &result);
  if (error == 0) error = add_number(result, extension.avp.vendor_id, vendor_3gpp);
  if (error == 0) error = add_number(result, extension.avp.experimental_code, 2002);
  if (error == 0) error = fd_msg_avp_add(answer, MSG_BRW_LAST_CHILD, result);
  return error == 0 ? fd_msg_add_origin(answer, 0) : error;
}

int add_server_name(msg* answer) {
  return add_octets(answer, extension.avp.server_name, octets_of("sip:scscf.ims.mnc001.mcc001.3gppnetwork.org:6060"));
}

int fill_uaa(msg* answer, msg* /*request*/) { return add_server_name(answer); }

int fill_saa(msg* answer, msg* request) {
  const int error = add_echo(answer, request, extension.avp.user_name);
  return error == 0 ? add_octets(answer, extension.avp.user_data, octets_of(extension.user_data)) : error;
}

int fill_maa(msg* answer, msg* request) {
  int error = add_echo(answer, request, extension.avp.user_name);
  if (error == 0) error = add_echo(answer, request, extension.avp.public_identity);
  if (error == 0) error = add_number(answer, extension.avp.item_count, 1);
  return error == 0 ? add_item(answer) : error;
}

struct Kind {
  bool experimental;  // the result is Experimental-Result 2002
  int (*fill)(msg* answer, msg* request);
};
// UAR, SAR, LIR, MAR.
constexpr std::array<Kind, command_count> kinds{
    {{true, fill_uaa}, {false, fill_saa}, {false, fill_uaa}, {false, fill_maa}}};

int answer_request(msg** message, const Kind& kind) {
  msg* request = *message;
  int error = fd_msg_new_answer_from_req(fd_g_config->cnf_dict, message, 0);
  if (error != 0) return error;
  error = kind.experimental ? add_subsequent_registration(*message)
                            : fd_msg_rescode_set(*message, const_cast<char*>("DIAMETER_SUCCESS"), nullptr, nullptr, 1);
  if (error == 0) error = add_application(*message);
  if (error == 0) error = add_number(*message, extension.avp.session_state, 1);
  return error == 0 ? kind.fill(*message, request) : error;
}

// Every peer is accepted without TLS: the port is bound to loopback.
int accept_peer(peer_info* info, int* auth, int (**)(peer_info*)) {
  info->config.pic_flags.sec = PI_SEC_NONE;
  *auth = 1;
  return 0;
}

int listen_on_loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sSA*>(&address);  // the sockets interface wants it so
  return fd_ep_add_merge(&fd_g_config->cnf_endpoints, generic, sizeof address, EP_FL_CONF | EP_ACCEPTALL);
}

struct Arguments {
  std::uint16_t port = 0;
  std::size_t user_data = 0;
};

// "port=N data=N" of the LoadExtension line, data being the octets of User-Data; port 0 when it is anything else.
Arguments arguments_of(const char* text) {
  Arguments out;
  unsigned port = 0;
  if (text != nullptr && std::sscanf(text, "port=%u data=%zu", &port, &out.user_data) == 2 && port <= 65535) {
    out.port = static_cast<std::uint16_t>(port);
  }
  return out;
}

extern "C" {

static void quiet_hook(fd_hook_type, msg*, peer_hdr*, void*, fd_hook_permsgdata*, void*) {}

static void log_line(int level, const char* format, va_list arguments) {
  if (level < FD_LOG_ERROR) return;
  std::vfprintf(stderr, format, arguments);
  std::fputc('\n', stderr);
}

static int callback(msg** message, avp*, session*, void* opaque, disp_action* action) {
  int old = 0;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
  const int error = answer_request(message, *static_cast<const Kind*>(opaque));
  pthread_setcancelstate(old, nullptr);
  *action = DISP_ACT_SEND;
  return error;
}

}  // extern "C"

int dispatch_all() {
  disp_when when{};
  when.app = extension.cx.application;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    when.command = extension.cx.requests[i];
    void* kind = const_cast<Kind*>(&kinds[i]);  // given back as it is
    const int error = fd_disp_register(callback, DISP_HOW_CC, &when, kind, &extension.dispatch[i]);
    if (error != 0) return error;
  }
  return fd_disp_app_support(extension.cx.application, extension.cx.vendor, 1, 0);
}

int start(const char* argument) {
  const Arguments arguments = arguments_of(argument);
  if (arguments.port == 0) return EINVAL;
  extension.user_data.assign(arguments.user_data, 'x');
  int error = define_cx(extension.cx);
  if (error == 0 && !find_answer_avps(extension.avp)) error = ENOENT;
  if (error == 0) error = listen_on_loopback(arguments.port);
  if (error == 0) error = fd_peer_validate_register(accept_peer);
  if (error == 0) {
    const std::uint32_t mask = HOOK_MASK(HOOK_MESSAGE_RECEIVED, HOOK_MESSAGE_LOCAL, HOOK_MESSAGE_SENT,
                                         HOOK_MESSAGE_ROUTING_FORWARD, HOOK_MESSAGE_ROUTING_LOCAL);
    error = fd_hook_register(mask, quiet_hook, nullptr, nullptr, &extension.hooks);
  }
  return error == 0 ? dispatch_all() : error;
}

}  // namespace
}  // namespace bench

#pragma GCC visibility push(default)
extern "C" {

static int constant_entry(char* argument) {
  fd_log_handler_register(bench::log_line);
  return bench::start(argument);
}

void fd_ext_fini() {
  for (disp_hdl*& handle : bench::extension.dispatch) {
    if (handle != nullptr) fd_disp_unregister(&handle, nullptr);
  }
  if (bench::extension.hooks != nullptr) fd_hook_unregister(bench::extension.hooks);
  fd_log_handler_unregister();
}

EXTENSION_ENTRY("constant", constant_entry);
}
#pragma GCC visibility pop
