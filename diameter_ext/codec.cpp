// SPDX-License-Identifier: Apache-2.0
// Reading, results and Failed-AVP for all commands.
#include "diameter_ext/codec.h"

#include "diameter_ext/application.h"
#include "diameter_ext/dictionary/limits.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace diameter_ext {
namespace {

constexpr std::int32_t no_state_maintained = 1;

void set_error_bit(msg* answer) {
  msg_hdr* header = nullptr;
  check(fd_msg_hdr(answer, &header), "fd_msg_hdr");
  header->msg_flags |= CMD_FLAG_ERROR;
}

void write_result(Writer& writer, msg* answer, const hss::OutcomeCode& result) {
  if (result.vendor == 0) {
    writer.u32(avp("Result-Code"), result.code);
    if (result.code >= 3000 && result.code < 4000) {  // RFC 6733 7.1.3: protocol errors, and only they, have the E bit
      set_error_bit(answer);
    }
    return;
  }
  Writer experimental = writer.group(avp("Experimental-Result"));
  experimental.u32(avp("Vendor-Id"), result.vendor);
  experimental.u32(avp("Experimental-Result-Code"), result.code);
}

// RFC 6733 7.5 wants the AVP at fault to be told, not to be told at length.
constexpr std::size_t longest_repeated = 512;

void repeat_failed(Writer& writer, AvpHandle* at_fault) {
  writer.group(avp("Failed-AVP")).repeat(received(at_fault), longest_repeated);
}

void write_example(Writer& writer, Avp missing) { writer.group(avp("Failed-AVP")).example(missing); }

// What an outcome can be about, and the AVP that told it.
struct SubjectRow {
  hss::Subject subject;
  Avp which;
};
constexpr std::array subjects{SubjectRow{hss::Subject::user_name, avp("User-Name")},
                              SubjectRow{hss::Subject::public_identity, avp("Public-Identity")},
                              SubjectRow{hss::Subject::authorization, avp("SIP-Authorization")}};

// Every occurrence, in order, those inside SIP-Auth-Data-Item included.
std::vector<AvpHandle*> occurrences(msg* request, Avp which) {
  std::vector<AvpHandle*> out;
  const auto take = [&](const ReceivedAvp& avp) {
    if (avp.which == which) {
      out.push_back(avp.handle);
    }
  };
  for (const ReceivedAvp& child : children_of(request)) {
    take(child);
    if (child.which == avp("SIP-Auth-Data-Item")) {
      std::ranges::for_each(children_of(child.handle), take);
    }
  }
  return out;
}

// What is wrong in itself is told by Failed-AVP alone.
std::string_view text_of(const ReceivedAvp& avp) {
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

bool drop_first(msg* answer, Avp which) {
  for (const ReceivedAvp& child : children_of(answer)) {
    if (child.which == which) {
      return fd_msg_free(child.handle) == 0;
    }
  }
  return false;
}

// What the request has put into the answer is not ours to shorten.
void make_fit(msg* answer) {
  while (octets_of(answer) > longest_message) {
    if (!drop_first(answer, avp("SCSCF-Restoration-Info")) && !drop_first(answer, avp("Failed-AVP"))) {
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

ReadFailure read_octets(const ReceivedAvp& avp, std::string& into) {
  const auto octets = avp.octets();
  if (!octets) {
    return invalid_value(avp);
  }
  into.assign(octets->begin(), octets->end());
  return std::nullopt;
}

ReadFailure read_u32(const ReceivedAvp& avp, std::optional<std::uint32_t>& into) {
  into = avp.u32();
  return into ? std::nullopt : invalid_value(avp);
}

ReadFailure read_time(const ReceivedAvp& avp, std::optional<std::uint32_t>& into) {
  const auto octets = avp.octets();
  if (!octets || octets->size() != 4) {
    return invalid_value(avp);
  }
  into = 0;
  for (const std::uint8_t octet : *octets) {
    into = *into << 8U | octet;
  }
  return std::nullopt;
}

ReadFailure read_requester(const ReceivedAvp& received, hss::Requester& into) {
  switch (received.which) {
    case avp("Origin-Host"):
      return read_text(received, into.host);
    case avp("Origin-Realm"):
      return read_text(received, into.realm);
    default:
      return std::nullopt;
  }
}

ReceivedResult result_of(std::span<const ReceivedAvp> answer) {
  ReceivedResult out;
  for (const ReceivedAvp& received : answer) {
    if (received.which == avp("Result-Code")) {
      return {0, received.u32().value_or(0)};
    }
    if (received.which == avp("Experimental-Result")) {
      for (const ReceivedAvp& child : children_of(received.handle)) {
        if (child.which == avp("Vendor-Id")) {
          out.vendor = child.u32().value_or(0);
        } else if (child.which == avp("Experimental-Result-Code")) {
          out.code = child.u32().value_or(0);
        }
      }
    }
  }
  return out;
}

Echo echo_of(std::span<const ReceivedAvp> avps) {
  Echo echo;
  for (const ReceivedAvp& received : avps) {
    if (received.which == avp("User-Name")) {
      echo.user_name = text_of(received);
    } else if (received.which == avp("Public-Identity") && echo.public_identity.empty()) {
      echo.public_identity = text_of(received);
    } else if (received.which == avp("Supported-Features")) {
      echo.features = true;
    }
  }
  return echo;
}

void repeat_user_name(Writer& writer, const Echo& echo) {
  if (!echo.user_name.empty()) {
    writer.text(avp("User-Name"), echo.user_name);
  }
}

void repeat_identities(Writer& writer, const Echo& echo) {
  repeat_user_name(writer, echo);
  if (!echo.public_identity.empty()) {
    writer.text(avp("Public-Identity"), echo.public_identity);
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

void write_application(Writer& writer, const Application& application) {
  Writer group = writer.group(avp("Vendor-Specific-Application-Id"));
  group.u32(avp("Vendor-Id"), application.vendor);
  group.u32(avp("Auth-Application-Id"), application.id);
  writer.i32(avp("Auth-Session-State"), no_state_maintained);
}

void write_head(Writer& writer, msg* answer, const Application& application, const hss::OutcomeCode& result) {
  write_application(writer, application);
  writer.text(avp("Origin-Host"), {fd_g_config->cnf_diamid, fd_g_config->cnf_diamid_len});
  writer.text(avp("Origin-Realm"), {fd_g_config->cnf_diamrlm, fd_g_config->cnf_diamrlm_len});
  write_result(writer, answer, result);
}

void write_texts(Writer& writer, Avp group, Avp inside, std::span<const std::string> texts) {
  if (texts.empty()) {
    return;
  }
  Writer into = writer.group(group);
  for (const std::string& text : texts) {
    into.text(inside, text);
  }
}

void write_optional(Writer& writer, Avp which, const std::optional<std::string>& text) {
  if (text) {
    writer.text(which, *text);
  }
}

void write_time(Writer& writer, Avp which, std::uint32_t time) {
  std::array<std::uint8_t, 4> octets{};
  for (auto octet = octets.rbegin(); octet != octets.rend(); ++octet, time >>= 8U) {
    *octet = static_cast<std::uint8_t>(time);
  }
  writer.octets(which, octets);
}

void write_failed(Writer& writer, msg* request, const hss::OutcomeCode& result) {
  const auto* row = std::ranges::find(subjects, result.subject, &SubjectRow::subject);
  if (row == subjects.end()) {
    return;
  }
  const auto found = occurrences(request, row->which);
  if (found.empty()) {
    write_example(writer, row->which);
    return;
  }
  // RFC 6733 7.1.5: of an AVP that occurs too often the first one too many
  const bool too_often = result.outcome == hss::Outcome::too_many_identities && found.size() > 1;
  repeat_failed(writer, too_often ? found[1] : found[0]);
}

Message encode_failure(const AnswerStyle& style, Message& request, const DecodeFailure& failure) {
  const auto fill = [&](msg* answer, msg* query) {
    Writer writer(style.dictionary, answer);
    write_head(writer, answer, style.application,
               {hss::Outcome::unable_to_comply, 0, failure.code, hss::Subject::nothing, {}});
    style.repeat(writer, echo_of(children_of(query)));
    if (failure.missing) {
      write_example(writer, *failure.missing);
    } else if (failure.at_fault != nullptr) {
      repeat_failed(writer, failure.at_fault);
    }
  };
  return answer_to(request, std::cref(fill));
}

}  // namespace diameter_ext
