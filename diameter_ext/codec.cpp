// SPDX-License-Identifier: Apache-2.0
// Reading, results and Failed-AVP for all commands.
#include "diameter_ext/codec.h"

#include "diameter_ext/dictionary/limits.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace diameter_ext {
namespace {

constexpr std::int32_t no_state_maintained = 1;
constexpr std::uint32_t feature_list_served = 1;  // Feature-List-ID (TS 29.229 7.1.1)

void set_error_bit(msg* answer) {
  msg_hdr* header = nullptr;
  check(fd_msg_hdr(answer, &header), "fd_msg_hdr");
  header->msg_flags |= CMD_FLAG_ERROR;
}

void write_result(Writer& writer, msg* answer, const hss::OutcomeCode& result) {
  if (result.vendor == 0) {
    writer.u32(Avp::result_code, result.code);
    if (result.code >= 3000 && result.code < 4000) {  // RFC 6733 7.1.3: protocol errors, and only they, have the E bit
      set_error_bit(answer);
    }
    return;
  }
  Writer experimental = writer.group(Avp::experimental_result);
  experimental.u32(Avp::vendor_id, result.vendor);
  experimental.u32(Avp::experimental_result_code, result.code);
}

// RFC 6733 7.5 wants the AVP at fault to be told, not to be told at length.
constexpr std::size_t longest_repeated = 512;

void repeat_failed(Writer& writer, avp* at_fault) {
  writer.group(Avp::failed_avp).repeat({.handle = at_fault}, longest_repeated);
}

void write_example(Writer& writer, Avp missing) { writer.group(Avp::failed_avp).octets(missing, {}); }

// AVPs that an outcome can be about.
struct Fallible {
  std::uint32_t code;
  std::uint32_t vendor;
  Avp avp;
};
constexpr std::array<Fallible, 3> fallible{{{code::user_name, 0, Avp::user_name},
                                            {code::public_identity, vendor_3gpp_id, Avp::public_identity},
                                            {code::sip_authorization, vendor_3gpp_id, Avp::sip_authorization}}};

// Every occurrence, in order, those inside SIP-Auth-Data-Item included.
std::vector<avp*> occurrences(msg* request, const Fallible& of) {
  std::vector<avp*> out;
  const auto take = [&](const ReceivedAvp& avp) {
    if (avp.code == of.code && avp.vendor == of.vendor) {
      out.push_back(avp.handle);
    }
  };
  for (const ReceivedAvp& child : children_of(request)) {
    take(child);
    if (child.vendor == vendor_3gpp_id && child.code == code::sip_auth_data_item) {
      for (const ReceivedAvp& inner : children_of(child.handle)) {
        take(inner);
      }
    }
  }
  return out;
}

// One list of features as it was sent.
struct FeatureList {
  std::uint32_t vendor = 0;
  std::uint32_t id = 0;
  std::uint32_t features = 0;
};

std::optional<FeatureList> feature_list_of(const ReceivedAvp& group) {
  FeatureList out;
  for (const ReceivedAvp& child : children_of(group.handle)) {
    const bool is_vendor = child.vendor == 0 && child.code == code::vendor_id;
    const bool is_id = child.vendor == vendor_3gpp_id && child.code == code::feature_list_id;
    const bool is_list = child.vendor == vendor_3gpp_id && child.code == code::feature_list;
    if (!is_vendor && !is_id && !is_list) {
      continue;
    }
    const auto value = child.u32();
    if (!value) {
      return std::nullopt;
    }
    (is_vendor ? out.vendor : is_id ? out.id : out.features) = *value;
  }
  return out;
}

// What is wrong in itself is told by Failed-AVP alone.
std::string_view echo_of(const ReceivedAvp& avp) {
  return breach_of(avp) ? std::string_view{} : avp.text().value_or(std::string_view{});
}

// RFC 6733 6.2: the P bit is that of the request; the dictionary would always set it.
void copy_proxiable_bit(msg* query, msg* answer) {
  msg_hdr* from = nullptr;
  msg_hdr* to = nullptr;
  check(fd_msg_hdr(query, &from), "fd_msg_hdr");
  check(fd_msg_hdr(answer, &to), "fd_msg_hdr");
  if ((from->msg_flags & CMD_FLAG_PROXIABLE) == 0) {
    to->msg_flags &= static_cast<std::uint8_t>(~CMD_FLAG_PROXIABLE);
  }
}

bool drop_first(msg* answer, std::uint32_t code, std::uint32_t vendor) {
  for (const ReceivedAvp& avp : children_of(answer)) {
    if (avp.code == code && avp.vendor == vendor) {
      return fd_msg_free(avp.handle) == 0;
    }
  }
  return false;
}

// What the request has put into the answer is not ours to shorten.
void make_fit(msg* answer) {
  while (octets_of(answer) > longest_message) {
    if (!drop_first(answer, code::scscf_restoration_info, vendor_3gpp_id) && !drop_first(answer, code::failed_avp, 0)) {
      throw std::length_error("it is too long for a message");
    }
  }
}

}  // namespace

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

ReadFailure check_limits(std::span<const ReceivedAvp> avps) {
  const auto found = breach_among(avps);
  if (!found) {
    return std::nullopt;
  }
  const auto code = found->breach == Breach::times ? result::avp_occurs_too_many_times : result::invalid_avp_value;
  return DecodeFailure{code, found->at_fault, std::nullopt};
}

ReadFailure read_text(const ReceivedAvp& avp, std::string& into) {
  const auto text = avp.text();
  if (!text) {
    return invalid_value(avp);
  }
  into = *text;
  return std::nullopt;
}

// TS 29.229 7.2.1: with the M bit the features of the list are required, without it they are merely there.
ReadFailure read_features(const ReceivedAvp& avp, hss::SupportedFeatures& into) {
  const auto list = feature_list_of(avp);
  if (!list) {
    return invalid_value(avp);
  }
  into.sent = true;
  if (list->vendor == vendor_3gpp_id && list->id == feature_list_served) {
    into.offered |= list->features;
    into.required |= avp.mandatory ? list->features : 0;
  } else {
    into.requires_unknown_list = into.requires_unknown_list || avp.mandatory;
  }
  return std::nullopt;
}

ReadFailure check_session_priority(const ReceivedAvp& avp) {
  enum class SessionPriority : std::uint8_t { lowest = 4 };
  SessionPriority priority{};
  return read_enumerated(avp, SessionPriority::lowest, priority);
}

Echo echo_of(msg* request) {
  Echo echo;
  for (const ReceivedAvp& avp : children_of(request)) {
    if (avp.vendor == 0 && avp.code == code::user_name) {
      echo.user_name = echo_of(avp);
    } else if (avp.vendor == vendor_3gpp_id && avp.code == code::public_identity && echo.public_identity.empty()) {
      echo.public_identity = echo_of(avp);
    } else if (avp.vendor == vendor_3gpp_id && avp.code == code::supported_features) {
      echo.features = true;
    }
  }
  return echo;
}

void repeat_identities(Writer& writer, const Echo& echo) {
  if (!echo.user_name.empty()) {
    writer.text(Avp::user_name, echo.user_name);
  }
  if (!echo.public_identity.empty()) {
    writer.text(Avp::public_identity, echo.public_identity);
  }
}

Message answer_to(Message& request, const std::function<void(msg* answer, msg* request)>& fill) {
  msg* message = request.get();
  check(fd_msg_new_answer_from_req(fd_g_config->cnf_dict, &message, 0), "fd_msg_new_answer_from_req");
  msg* const query = request.release();
  Message answer(message);
  try {
    copy_proxiable_bit(query, answer.get());
    fill(answer.get(), query);
    make_fit(answer.get());
  } catch (...) {
    fd_msg_answ_detach(answer.get());
    request.reset(query);
    throw;
  }
  return answer;
}

void write_head(Writer& writer, msg* answer, const hss::OutcomeCode& result, const Echo& echo) {
  Writer application = writer.group(Avp::vendor_specific_application_id);
  application.u32(Avp::vendor_id, vendor_3gpp_id);
  application.u32(Avp::auth_application_id, cx_application_id);
  writer.i32(Avp::auth_session_state, no_state_maintained);
  writer.text(Avp::origin_host, {fd_g_config->cnf_diamid, fd_g_config->cnf_diamid_len});
  writer.text(Avp::origin_realm, {fd_g_config->cnf_diamrlm, fd_g_config->cnf_diamrlm_len});
  write_result(writer, answer, result);
  if (echo.features) {
    Writer features = writer.group(Avp::supported_features);
    features.u32(Avp::vendor_id, vendor_3gpp_id);
    features.u32(Avp::feature_list_id, feature_list_served);
    features.u32(Avp::feature_list, hss::feature::served);
  }
}

void write_server(Writer& writer, const std::optional<std::string>& name,
                  const std::optional<hss::ServerCapabilities>& capabilities) {
  if (name) {
    writer.text(Avp::server_name, *name);
  }
  if (!capabilities) {
    return;
  }
  Writer group = writer.group(Avp::server_capabilities);
  for (const auto number : capabilities->mandatory) {
    group.u32(Avp::mandatory_capability, number);
  }
  for (const auto number : capabilities->optional) {
    group.u32(Avp::optional_capability, number);
  }
  for (const auto& preferred : capabilities->server_names) {
    group.text(Avp::server_name, preferred);
  }
}

void write_failed(Writer& writer, msg* request, const hss::OutcomeCode& result) {
  const auto* row = std::find_if(fallible.begin(), fallible.end(),
                                 [&](const Fallible& one) { return one.code == result.failed_avp; });
  if (row == fallible.end()) {
    return;
  }
  const auto found = occurrences(request, *row);
  if (found.empty()) {
    write_example(writer, row->avp);
    return;
  }
  // RFC 6733 7.1.5: of an AVP that occurs too often the first one too many
  const bool too_often = result.outcome == hss::Outcome::too_many_identities && found.size() > 1;
  repeat_failed(writer, too_often ? found[1] : found[0]);
}

Message encode_failure(const Dictionary& dictionary, Message& request, const DecodeFailure& failure, Repeat repeat) {
  const auto fill = [&](msg* answer, msg* query) {
    const Echo echo = echo_of(query);
    Writer writer(dictionary, answer);
    write_head(writer, answer, {hss::Outcome::unable_to_comply, 0, failure.code, 0, {}}, echo);
    repeat(writer, echo);
    if (failure.missing) {
      write_example(writer, *failure.missing);
    } else if (failure.at_fault != nullptr) {
      repeat_failed(writer, failure.at_fault);
    }
  };
  return answer_to(request, std::cref(fill));
}

}  // namespace diameter_ext
