// SPDX-License-Identifier: Apache-2.0
// What is added to the library's own answers.
#include "diameter_ext/library_answers.h"

#include "diameter_ext/applications.h"
#include "diameter_ext/called.h"

#include <algorithm>

namespace diameter_ext {
namespace {

// The library stopped at the AVP that it could not parse; what stands behind may well be understood.
void parse_the_rest(const ReceivedRequest& received) {
  for (const ReceivedAvp& avp : received.avps) {
    if (avp.which != unknown_avp && !avp.is_group() && avp.header->avp_value == nullptr) {
      fd_msg_parse_dict(avp.handle, fd_g_config->cnf_dict, nullptr);
    }
  }
}

AvpHandle* child_of(msg_or_avp* parent, Avp which) {
  const auto children = children_of(parent);
  const auto found = std::ranges::find(children, which, &ReceivedAvp::which);
  return found == children.end() ? nullptr : found->handle;
}

bool is_about_a_group(msg* answer) {
  AvpHandle* const failed = child_of(answer, avp("Failed-AVP"));
  return failed != nullptr && std::ranges::any_of(children_of(failed), &ReceivedAvp::is_group);
}

// The library has one code for whatever is wrong inside of a group, and only lengths can be: RFC 6733 7.1.5.
void tell_length(msg* answer) {
  constexpr std::uint32_t invalid_avp_length = 5014;
  AvpHandle* const code = child_of(answer, avp("Result-Code"));
  avp_hdr* header = nullptr;
  if (code != nullptr && fd_msg_avp_hdr(code, &header) == 0 && header->avp_value != nullptr &&
      header->avp_value->u32 == result::invalid_avp_value && is_about_a_group(answer)) {
    header->avp_value->u32 = invalid_avp_length;
  }
}

}  // namespace

LibraryAnswers::LibraryAnswers(const Dictionary& dictionary) : dictionary_(dictionary) {
  check(fd_hook_register(HOOK_MASK(HOOK_MESSAGE_PARSING_ERROR2), hook, this, nullptr, &handle_), "fd_hook_register");
}

LibraryAnswers::~LibraryAnswers() { fd_hook_unregister(handle_); }

void LibraryAnswers::hook(fd_hook_type /*type*/, msg* answer, peer_hdr* /*peer*/, void* /*other*/,
                          fd_hook_permsgdata* /*data*/, void* self) {
  tell_only([&] { static_cast<const LibraryAnswers*>(self)->complete(answer); });
}

void LibraryAnswers::complete(msg* answer) const {
  msg* query = nullptr;
  check(fd_msg_answ_getq(answer, &query), "fd_msg_answ_getq");
  if (query == nullptr) {
    return;
  }
  const ReceivedRequest received = look_at(query);
  const Application* const application = find_application(applications(), received.header->msg_appl);
  if (application == nullptr) {
    return;
  }
  const CommandRow* const row = find_command(*application, received.header->msg_code);
  parse_the_rest(received);
  tell_length(answer);
  Writer writer(dictionary_, answer);
  write_application(writer, *application);
  (row == nullptr ? application->repeat : row->repeat)(writer, echo_of(received.avps));
}

}  // namespace diameter_ext
