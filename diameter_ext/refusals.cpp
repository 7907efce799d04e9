// SPDX-License-Identifier: Apache-2.0
// From an answer and its request to one line of log.
#include "diameter_ext/refusals.h"

#include "diameter_ext/applications.h"
#include "hsm/base/log.h"
#include "hss/text_forms.h"

#include <spdlog/fmt/fmt.h>

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

constexpr std::uint32_t capabilities_exchange = 257;  // RFC 6733 5.3

std::uint32_t u32_of(const ReceivedAvp& received) { return received.u32().value_or(0); }

Result result_of(msg* answer) {
  Result result;
  visit_children(answer, [&](const ReceivedAvp& child) {
    if (child.which == avp("Result-Code")) {
      result.code = u32_of(child);
    } else if (child.which == avp("Experimental-Result")) {
      visit_children(child.handle, [&](const ReceivedAvp& inner) {
        (inner.which == avp("Vendor-Id") ? result.vendor : result.code) = u32_of(inner);
        return false;
      });
    }
    return result.code != 0;
  });
  return result;
}

// What a request that was refused early carries may not have been looked at by anybody.
std::string_view text_of(const ReceivedAvp& received) {
  if (received.header->avp_value == nullptr) {
    fd_msg_parse_dict(received.handle, fd_g_config->cnf_dict, nullptr);
  }
  const auto octets = received.octets();
  return octets ? std::string_view(reinterpret_cast<const char*>(octets->data()), octets->size()) : std::string_view();
}

struct Request {
  std::string_view origin_host, origin_realm, destination_realm, impi, impu;
};

std::string_view* place_of(Avp which, Request& in) {
  switch (which) {
    case avp("User-Name"):
      return &in.impi;
    case avp("Public-Identity"):
      return &in.impu;
    case avp("Origin-Host"):
      return &in.origin_host;
    case avp("Origin-Realm"):
      return &in.origin_realm;
    case avp("Destination-Realm"):
      return &in.destination_realm;
    default:
      return nullptr;
  }
}

Request read_request(msg* query) {
  Request out;
  visit_children(query, [&](const ReceivedAvp& child) {
    std::string_view* const into = place_of(child.which, out);
    if (into != nullptr && into->empty()) {
      *into = text_of(child);
    }
    return false;
  });
  return out;
}

struct CommandName {
  std::uint32_t code;
  std::string_view name;
};
// table: RFC 6733 3.1
constexpr std::array base_commands{CommandName{257, "CER"}, CommandName{280, "DWR"}, CommandName{282, "DPR"}};

// Empty: nobody here knows it.
std::string_view known_name(std::uint32_t application, std::uint32_t command) {
  const Application* const ours = find_application(applications(), application);
  if (ours != nullptr) {
    const CommandRow* const row = find_command(*ours, command);
    return row == nullptr ? std::string_view() : row->name;
  }
  const auto* row = std::ranges::find(base_commands, command, &CommandName::code);
  return row == base_commands.end() ? std::string_view() : row->name;
}

// The rule that stands in the way; looked up again, because rules do not change while the server runs. Empty where
// there are none, for what no permit speaks of.
std::optional<const char*> refusal_of_permits(const Request& request, const msg_hdr& header, std::string_view peer) {
  const hss::app::Permits* const rules = permits.load();
  const Application* const application = find_application(applications(), header.msg_appl);
  const CommandRow* const row = application == nullptr ? nullptr : find_command(*application, header.msg_code);
  if (rules == nullptr || row == nullptr || row->serve == nullptr) {
    return std::nullopt;
  }
  return rules->refusal(peer, {std::string(request.origin_host), lower_case(std::string(request.origin_realm))},
                        row->command);
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
  visit_children(answer, [&](const ReceivedAvp& child) {
    if (child.which == avp("Failed-AVP")) {
      visit_children(child.handle, [&](const ReceivedAvp& failed) {
        visit(*failed.header);
        return true;
      });
    }
    return false;
  });
}

// Error-Message and Failed-AVP of the answer, as " detail=..." and " failed_avp=NAME".
std::string details_of(msg* answer) {
  std::string out;
  visit_children(answer, [&](const ReceivedAvp& child) {
    if (child.which == avp("Error-Message")) {
      out += " detail=" + shown(text_of(child));
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
  std::uint32_t application;
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

std::string line_of(const Refusal& refusal) {
  const Request& request = refusal.request;
  const Result& result = refusal.result;
  const char* const rule = rule_of(refusal);
  std::string line = fmt::format("command={} {}={}", command_name(refusal.application, refusal.command),
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
  return line + details_of(refusal.answer);
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
  const std::string_view command = known_name(refusal.application, refusal.command);
  return fmt::format("{} {} {} {} {} {} {}", command, refusal.result.vendor, refusal.result.code,
                     failed == nullptr ? "" : failed, rule == nullptr ? "" : rule,
                     refusal.command == capabilities_exchange ? "" : refusal.peer, origin_of(refusal));
}

// The peer that is not known is told of where it is refused, with what to do.
bool is_told_elsewhere(const Refusal& refusal) {
  return refusal.command == capabilities_exchange && refusal.result.vendor == 0 && refusal.result.code == 3010;
}

}  // namespace

std::string command_name(std::uint32_t application, std::uint32_t command) {
  const std::string_view known = known_name(application, command);
  return known.empty() ? std::to_string(command) : std::string(known);
}

void log_refusal(msg* message, const peer_hdr* peer) noexcept {
  constexpr std::uint32_t first_error = 3000;
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
    const Refusal refusal{
        message, request, header->msg_appl, header->msg_code, name, result, refusal_of_permits(request, *header, name)};
    if (is_told_elsewhere(refusal)) {
      return;
    }
    const auto refused = base::event("request_refused");
    base::log_made(
        result.vendor == 0 ? refused->level : base::level_enum::info, refused, [&] { return cause_of(refusal); },
        [&] { return line_of(refusal); });
  } catch (const std::exception& error) {
    base::log(base::event("refusal_not_logged"), "", "error=\"{}\"", error.what());
  }
}

void explain_refusals(const hss::app::Permits* rules) noexcept { permits.store(rules); }

}  // namespace diameter_ext
