// SPDX-License-Identifier: Apache-2.0
// A freeDiameter extension for tests: listens on 127.0.0.1, serves Cx and answers each command with 5012; RTRs only
// when it is unloaded.
#include <arpa/inet.h>
#include <freeDiameter/extension.h>
#include <unistd.h>

#include <cstdio>
#include <mutex>
#include <vector>

static std::mutex mutex;
static std::vector<struct msg*> kept;  // answers

static bool is_kept(struct msg_hdr* header) { return header->msg_code == 304; }

static int answer(struct msg** msg, struct avp*, struct session*, void*, enum disp_action* action) {
  struct msg_hdr* header = nullptr;
  if (fd_msg_hdr(*msg, &header) != 0 || !(header->msg_flags & CMD_FLAG_REQUEST)) return 0;
  if (fd_msg_new_answer_from_req(fd_g_config->cnf_dict, msg, 0) != 0) return 0;
  char code[] = "DIAMETER_UNABLE_TO_COMPLY";
  if (fd_msg_rescode_set(*msg, code, nullptr, nullptr, 1) != 0) return 0;
  if (is_kept(header)) {
    const std::lock_guard lock(mutex);
    kept.push_back(*msg);
    *msg = nullptr;
    return 0;
  }
  *action = DISP_ACT_SEND;
  return 0;
}

static int add_command(struct dict_object* app, command_code_t code, const char* name, bool request) {
  dict_cmd_data data{};
  data.cmd_code = code;
  data.cmd_name = const_cast<char*>(name);
  data.cmd_flag_mask = CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE;
  data.cmd_flag_val = CMD_FLAG_PROXIABLE;
  if (request) data.cmd_flag_val |= CMD_FLAG_REQUEST;
  struct dict_object* command = nullptr;
  CHECK_FCT(fd_dict_new(fd_g_config->cnf_dict, DICT_COMMAND, &data, app, &command));
  if (!request) return 0;
  disp_when when{};
  when.app = app;
  when.command = command;
  return fd_disp_register(answer, disp_how::DISP_HOW_CC, &when, nullptr, nullptr);
}

// Data kept with each received message, as other extensions may have; what it holds does not matter.
struct fd_hook_permsgdata {
  int seen;
};

static void received(fd_hook_type, struct msg*, struct peer_hdr*, void*, fd_hook_permsgdata* data, void*) {
  if (data) data->seen = 1;
}

static int keep_data() {
  static struct fd_hook_data_hdl* data = nullptr;
  static struct fd_hook_hdl* hook = nullptr;
  CHECK_FCT(fd_hook_data_register(sizeof(fd_hook_permsgdata), nullptr, nullptr, &data));
  return fd_hook_register(HOOK_MASK(HOOK_DATA_RECEIVED), received, nullptr, data, &hook);
}

// Loopback addresses in the configuration are ignored without a word; one added here is taken.
static int listen_on_loopback() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return fd_ep_add_merge(&fd_g_config->cnf_endpoints, reinterpret_cast<sSA*>(&address), sizeof address,
                         EP_FL_CONF | EP_ACCEPTALL);
}

static int start(char*) {
  static const struct {
    command_code_t code;
    const char* request;
    const char* answer;
  } commands[] = {
      {300, "UAR", "UAA"}, {301, "SAR", "SAA"}, {302, "LIR", "LIA"}, {303, "MAR", "MAA"}, {304, "RTR", "RTA"}};
  vendor_id_t vendor_id = 10415;  // dict_dcca_3gpp.fdx, which must be loaded, brings the vendor and its AVPs
  struct dict_object* vendor = nullptr;
  CHECK_FCT(fd_dict_search(fd_g_config->cnf_dict, DICT_VENDOR, VENDOR_BY_ID, &vendor_id, &vendor, ENOENT));
  dict_application_data app_data{};
  app_data.application_id = 16777216;
  app_data.application_name = const_cast<char*>("Cx");
  struct dict_object* app = nullptr;
  CHECK_FCT(fd_dict_new(fd_g_config->cnf_dict, DICT_APPLICATION, &app_data, vendor, &app));
  for (const auto& command : commands) {
    CHECK_FCT(add_command(app, command.code, command.request, true));
    CHECK_FCT(add_command(app, command.code, command.answer, false));
  }
  CHECK_FCT(keep_data());
  CHECK_FCT(listen_on_loopback());
  return fd_disp_app_support(app, vendor, 1, 0);
}

extern "C" {
EXTENSION_ENTRY("stub", start);

// Until here an extension with threads of its own may send: none of it may be refused, none may wait for ever.
void fd_ext_fini(void) {
  for (struct msg*& answer : kept) {
    if (fd_msg_send(&answer, nullptr, nullptr) != 0) {
      std::fprintf(stderr, "stub: the queue for answers has gone before the extension\n");
      _exit(3);
    }
  }
}
}
