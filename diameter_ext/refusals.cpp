// SPDX-License-Identifier: Apache-2.0
// From an answer and its request to one line of log.
#include "diameter_ext/refusals.h"

#include "diameter_ext/codec.h"
#include "hsm/base/log_limit.h"
#include "hss/text_forms.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <optional>
#include <string>

namespace diameter_ext {
namespace {

// Names with blanks in them are still one field.
std::string shown(std::string_view text) { return fmt::format("\"{}\"", hss::log_text(text)); }

struct Result {
  std::uint32_t vendor = 0;  // 0: Result-Code
  std::uint32_t code = 0;
};

struct Reason {
  std::uint32_t vendor;
  std::uint32_t code;
  std::string_view words;
};
// table: RFC 6733 7.1.3 to 7.1.5, TS 29.229 6.2
constexpr std::array reasons{
    Reason{0, 3001, "the command is not supported, or the request has no Destination-Realm"},
    Reason{0, 3002, "Destination-Host is another node, and requests are not passed on here"},
    Reason{0, 3003, "the Destination-Realm is not served here; see diameter.realms"},
    Reason{0, 3004, "too busy: the queue is full, the request waited too long, or the database or token is away"},
    Reason{0, 3005, "a Route-Record names this host: the request runs in a loop"},
    Reason{0, 3007, "the application is not supported"},
    Reason{0, 3008, "bits of the header contradict each other"},
    Reason{0, 3009, "bits of an AVP are wrong"},
    Reason{0, 3010, "the peer is unknown; see diameter.permit"},
    Reason{0, 5001, "an AVP with the M bit is unknown"},
    Reason{0, 5002, "the Session-Id is unknown"},
    Reason{0, 5003, "this user may not register"},
    Reason{0, 5004, "an AVP has an invalid value"},
    Reason{0, 5005, "an AVP is missing"},
    Reason{0, 5007, "AVPs contradict each other"},
    Reason{0, 5008, "an AVP is not allowed here"},
    Reason{0, 5009, "an AVP occurs too often"},
    Reason{0, 5010, "no common application"},
    Reason{0, 5011, "the version of Diameter is not supported"},
    Reason{0, 5012, "the request could not be served; another line tells what failed"},
    Reason{0, 5013, "a reserved bit of the header is set"},
    Reason{0, 5014, "the length of an AVP is wrong"},
    Reason{0, 5015, "the length of the message is wrong"},
    Reason{0, 5017, "no common security"},
    Reason{hss::vendor_3gpp, 5001, "an identity is not provisioned"},
    Reason{hss::vendor_3gpp, 5002, "the identities do not belong to each other"},
    Reason{hss::vendor_3gpp, 5003, "the identity is not registered"},
    Reason{hss::vendor_3gpp, 5004, "the visited network is not allowed to this user"},
    Reason{hss::vendor_3gpp, 5005, "another S-CSCF is assigned, or the identity is registered already"},
    Reason{hss::vendor_3gpp, 5006, "the authentication scheme is not supported for this user"},
    Reason{hss::vendor_3gpp, 5007, "the Server-Assignment-Type does not fit the identity or its state"},
    Reason{hss::vendor_3gpp, 5008, "the user data are too large"},
    Reason{hss::vendor_3gpp, 5011, "a feature that the peer requires is not served"},
    Reason{hss::vendor_3gpp, 5012, "a feature of the serving node that is needed is missing"},
};

std::string_view words_of(const Result& result) {
  const auto* row = std::ranges::find_if(
      reasons, [&](const Reason& one) { return one.vendor == result.vendor && one.code == result.code; });
  return row == reasons.end() ? "no reason is known for this code" : row->words;
}

std::atomic<const hss::app::Permits*> permits{nullptr};

namespace code {
using namespace diameter_ext::code;
constexpr std::uint32_t capabilities = 257;
constexpr std::uint32_t result_code = 268;
constexpr std::uint32_t failed_avp = 279;
constexpr std::uint32_t error_message = 281;
constexpr std::uint32_t destination_realm = 283;
constexpr std::uint32_t experimental_result = 297;
constexpr std::uint32_t experimental_result_code = 298;
}  // namespace code

// Calls `visit` (const avp_hdr&, avp*) -> bool for the children of `parent`, until it says true.
template <typename Visit>
void for_children(msg_or_avp* parent, const Visit& visit) {
  msg_or_avp* child = nullptr;
  for (int ret = fd_msg_browse_internal(parent, MSG_BRW_FIRST_CHILD, &child, nullptr); ret == 0 && child != nullptr;
       ret = fd_msg_browse_internal(child, MSG_BRW_NEXT, &child, nullptr)) {
    auto* const handle = static_cast<avp*>(child);
    avp_hdr* header = nullptr;
    if (fd_msg_avp_hdr(handle, &header) == 0 && visit(*header, handle)) {
      return;
    }
  }
}

std::uint32_t u32_of(const avp_hdr& header) { return header.avp_value == nullptr ? 0 : header.avp_value->u32; }

Result result_of(msg* answer) {
  Result result;
  for_children(answer, [&](const avp_hdr& header, avp* handle) {
    if (header.avp_vendor == 0 && header.avp_code == code::result_code) {
      result.code = u32_of(header);
    } else if (header.avp_vendor == 0 && header.avp_code == code::experimental_result) {
      for_children(handle, [&](const avp_hdr& inner, avp* /*unused*/) {
        (inner.avp_code == code::vendor_id ? result.vendor : result.code) = u32_of(inner);
        return false;
      });
    }
    return result.code != 0;
  });
  return result;
}

// What a request that was refused early carries may not have been looked at by anybody.
std::string_view text_of(const avp_hdr& header, avp* handle) {
  if (header.avp_value == nullptr && fd_msg_parse_dict(handle, fd_g_config->cnf_dict, nullptr) != 0) {
    return {};
  }
  dict_object* model = nullptr;
  dict_avp_data data{};
  if (header.avp_value == nullptr || fd_msg_model(handle, &model) != 0 || model == nullptr ||
      fd_dict_getval(model, &data) != 0 || data.avp_basetype != AVP_TYPE_OCTETSTRING) {
    return {};
  }
  return {reinterpret_cast<const char*>(header.avp_value->os.data), header.avp_value->os.len};
}

struct Request {
  std::string_view origin_host, origin_realm, destination_realm, impi, impu;
};

Request read_request(msg* query) {
  Request out;
  for_children(query, [&](const avp_hdr& avp_header, avp* handle) {
    std::string_view* into = nullptr;
    if (avp_header.avp_vendor == 0) {
      into = avp_header.avp_code == code::user_name           ? &out.impi
             : avp_header.avp_code == code::origin_host       ? &out.origin_host
             : avp_header.avp_code == code::origin_realm      ? &out.origin_realm
             : avp_header.avp_code == code::destination_realm ? &out.destination_realm
                                                              : nullptr;
    } else if (avp_header.avp_vendor == vendor_3gpp_id && avp_header.avp_code == code::public_identity) {
      into = &out.impu;
    }
    if (into != nullptr && into->empty()) {
      *into = text_of(avp_header, handle);
    }
    return false;
  });
  return out;
}

struct CommandName {
  std::uint32_t code;
  std::string_view name;
};
// table: RFC 6733 3.1, TS 29.229 6.1
constexpr std::array command_names{CommandName{257, "CER"}, CommandName{280, "DWR"}, CommandName{282, "DPR"},
                                   CommandName{300, "UAR"}, CommandName{301, "SAR"}, CommandName{302, "LIR"},
                                   CommandName{303, "MAR"}};

// Nothing: it is no command of Cx.
std::optional<hss::Command> command_of(const msg_hdr& header) {
  const auto* row = std::ranges::find(command_names, header.msg_code, &CommandName::code);
  return header.msg_appl != cx_application_id || row == command_names.end() ? std::nullopt
                                                                            : hss::find_command("Cx", row->name);
}

// The rule that stands in the way; looked up again, because rules do not change while the server runs. Empty where
// there are none, for what is no command of Cx.
std::optional<const char*> refusal_of_permits(const Request& request, const msg_hdr& header, std::string_view peer) {
  const hss::app::Permits* const rules = permits.load();
  const auto command = command_of(header);
  if (rules == nullptr || !command) {
    return std::nullopt;
  }
  return rules->refusal(peer, {std::string(request.origin_host), lower_case(std::string(request.origin_realm))},
                        *command);
}

// By number, because what libfdcore puts into a Failed-AVP knows no dictionary; null: there is none of that number.
const char* name_of(const avp_hdr& header) {
  const dict_avp_request wanted{header.avp_vendor, header.avp_code, nullptr};
  dict_object* model = nullptr;
  dict_avp_data data{};
  const bool is_known =
      fd_dict_search(fd_g_config->cnf_dict, DICT_AVP, AVP_BY_CODE_AND_VENDOR, &wanted, &model, 0) == 0 &&
      model != nullptr && fd_dict_getval(model, &data) == 0;
  return is_known ? data.avp_name : nullptr;
}

// Calls `visit` (const avp_hdr&) for what each Failed-AVP begins with.
template <typename Visit>
void for_failed(msg* answer, const Visit& visit) {
  for_children(answer, [&](const avp_hdr& header, avp* handle) {
    if (header.avp_vendor == 0 && header.avp_code == code::failed_avp) {
      for_children(handle, [&](const avp_hdr& failed, avp* /*unused*/) {
        visit(failed);
        return true;
      });
    }
    return false;
  });
}

// Error-Message and Failed-AVP of the answer, as " detail=..." and " failed_avp=NAME".
std::string details_of(msg* answer) {
  std::string out;
  for_children(answer, [&](const avp_hdr& header, avp* handle) {
    if (header.avp_vendor == 0 && header.avp_code == code::error_message) {
      out += " detail=" + shown(text_of(header, handle));
    }
    return false;
  });
  for_failed(answer, [&](const avp_hdr& failed) {
    const char* const name = name_of(failed);
    out += name != nullptr ? fmt::format(" failed_avp={}", name)
                           : fmt::format(" failed_avp={}/{}", failed.avp_vendor, failed.avp_code);
  });
  return out;
}

struct Refusal {
  msg* answer;
  Request request;
  std::uint32_t command;
  std::string_view peer;
  Result result;
  std::optional<const char*> rule;  // as refusal_of_permits found it
};

// The rule that is the reason of this refusal; null: there is another.
const char* rule_of(const Refusal& refusal) {
  const bool not_permitted = refusal.result.vendor == 0 && refusal.result.code == 5003;
  return not_permitted ? refusal.rule.value_or(nullptr) : nullptr;
}

void log_line(const Refusal& refusal, std::uint64_t held_back) {
  const Request& request = refusal.request;
  const Result& result = refusal.result;
  const char* const rule = rule_of(refusal);
  std::string line = fmt::format("request_refused command={} {}={}", command_name(refusal.command),
                                 result.vendor == 0 ? "result" : "experimental", result.code);
  const auto add = [&](std::string_view name, std::string_view text) {
    if (!text.empty()) {
      line += fmt::format(" {}={}", name, shown(text));
    }
  };
  add("impi", request.impi);
  add("impu", request.impu);
  add("peer", refusal.peer);
  if (request.origin_host != refusal.peer) {
    add("origin", request.origin_host);
  }
  if (result.code == 3003) {
    add("realm", request.destination_realm);
  }
  add("reason", rule == nullptr ? words_of(result) : std::string_view(rule));
  spdlog::log(result.vendor == 0 ? spdlog::level::warn : spdlog::level::info, "{}{} held_back={}", line,
              details_of(refusal.answer), held_back);
}

// Who asked, of those that may ask this; behind an agent it is not the peer.
std::string origin_of(const Refusal& refusal) {
  const std::string_view host = refusal.request.origin_host;
  const bool is_let_in = refusal.rule.has_value() && *refusal.rule == nullptr && hss::is_diameter_identity(host);
  return is_let_in ? lower_case(std::string(host)) : std::string();
}

// Made-up codes of commands and AVPs are no causes of their own, nor are the names of those who are not let in.
std::string cause_of(const Refusal& refusal) {
  const char* const rule = rule_of(refusal);
  const char* failed = nullptr;
  for_failed(refusal.answer, [&](const avp_hdr& header) { failed = name_of(header); });
  const auto* known = std::ranges::find(command_names, refusal.command, &CommandName::code);
  const std::uint32_t command = known == command_names.end() ? 0 : known->code;
  return fmt::format("{} {} {} {} {} {} {}", command, refusal.result.vendor, refusal.result.code,
                     failed == nullptr ? "" : failed, rule == nullptr ? "" : rule,
                     command == code::capabilities ? "" : refusal.peer, origin_of(refusal));
}

// The peer that is not known is told of where it is refused, with what to do.
bool is_told_elsewhere(const Refusal& refusal) {
  return refusal.command == code::capabilities && refusal.result.vendor == 0 && refusal.result.code == 3010;
}

}  // namespace

std::string command_name(std::uint32_t command) {
  const auto* row = std::ranges::find(command_names, command, &CommandName::code);
  return row == command_names.end() ? std::to_string(command) : std::string(row->name);
}

void log_refusal(msg* message, const peer_hdr* peer) noexcept {
  constexpr std::uint32_t first_error = 3000;
  static base::LogLimit limit;
  try {
    msg_hdr* header = nullptr;
    msg* query = nullptr;
    if (message == nullptr || fd_msg_hdr(message, &header) != 0 || (header->msg_flags & CMD_FLAG_REQUEST) != 0) {
      return;
    }
    const Result result = result_of(message);
    if (result.code < first_error || fd_msg_answ_getq(message, &query) != 0 || query == nullptr) {
      return;
    }
    const std::string_view name =
        peer == nullptr ? std::string_view{} : std::string_view(peer->info.pi_diamid, peer->info.pi_diamidlen);
    const Request request = read_request(query);
    const Refusal refusal{message, request, header->msg_code, name, result, refusal_of_permits(request, *header, name)};
    if (is_told_elsewhere(refusal)) {
      return;
    }
    if (const auto held_back = limit.pass(cause_of(refusal))) {
      log_line(refusal, *held_back);
    }
  } catch (const std::exception& error) {
    spdlog::error("refusal_not_logged error=\"{}\"", error.what());
  }
}

void explain_refusals(const hss::app::Permits* rules) noexcept { permits.store(rules); }

}  // namespace diameter_ext
