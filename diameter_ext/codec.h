// SPDX-License-Identifier: Apache-2.0
// What the codecs of all commands share: reading AVPs into plain fields, results, repetition, Failed-AVP.
#pragma once

#include "diameter_ext/dictionary/check.h"
#include "diameter_ext/message.h"
#include "hss/outcome.h"
#include "hss/requester.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace diameter_ext {

struct Application;

template <typename Request>
using Decoded = std::variant<Request, DecodeFailure>;

// What stood in the way of reading one AVP; nothing when it was read.
using ReadFailure = std::optional<DecodeFailure>;

inline ReadFailure invalid_value(const ReceivedAvp& avp) {
  return DecodeFailure{result::invalid_avp_value, avp.handle, std::nullopt};
}
ReadFailure read_text(const ReceivedAvp& avp, std::string& into);
// Octets that need not be text.
ReadFailure read_octets(const ReceivedAvp& avp, std::string& into);
ReadFailure read_u32(const ReceivedAvp& avp, std::optional<std::uint32_t>& into);
// Time: four octets, seconds since 1900 (RFC 6733 4.3.1).
ReadFailure read_time(const ReceivedAvp& avp, std::optional<std::uint32_t>& into);

// An Enumerated from 0 to `last`; anything else is invalid.
template <typename Enumeration>
ReadFailure read_enumerated(const ReceivedAvp& avp, Enumeration last, Enumeration& into) {
  const auto value = avp.i32();
  if (!value || *value < 0 || *value > static_cast<std::int32_t>(last)) {
    return invalid_value(avp);
  }
  into = static_cast<Enumeration>(*value);
  return std::nullopt;
}

// Reads the children of a group with `read` (const ReceivedAvp&) -> ReadFailure, in order, until one fails.
template <typename Read>
ReadFailure read_group(const ReceivedAvp& group, const Read& read) {
  for (const ReceivedAvp& child : children_of(group.handle)) {
    if (auto failure = read(child)) {
      return failure;
    }
  }
  return std::nullopt;
}

// Counts, lengths and forms of what came (dictionary/limits.h), those of every AVP that is read or comes back.
ReadFailure check_limits(std::span<const ReceivedAvp> avps);

// Origin-Host and Origin-Realm; does nothing with any other.
ReadFailure read_requester(const ReceivedAvp& avp, hss::Requester& into);

std::string lower_case(std::string text);

// Reads all AVPs with `read` (const ReceivedAvp&, Request&) -> ReadFailure, in order, until one fails.
template <typename Request, typename Read>
Decoded<Request> decode_request(const ReceivedRequest& received, const Read& read) {
  Request out;
  if (auto failure = check_limits(received.avps)) {
    return *failure;
  }
  for (const ReceivedAvp& avp : received.avps) {
    if (auto failure = read(avp, out)) {
      return *failure;
    }
  }
  out.requester = {lower_case(std::move(out.requester.host)), lower_case(std::move(out.requester.realm))};
  return out;
}

// Result-Code or Experimental-Result of an answer; 0: it has none.
struct ReceivedResult {
  std::uint32_t vendor = 0;
  std::uint32_t code = 0;
};
ReceivedResult result_of(std::span<const ReceivedAvp> answer);

// What an answer takes from its request, as sent; views into the request.
struct Echo {
  std::string_view user_name;
  std::string_view public_identity;
  bool features = false;  // Supported-Features were sent
};
Echo echo_of(std::span<const ReceivedAvp> avps);

// Adds what answers of a command repeat of their request, be they good or bad.
using Repeat = void (*)(Writer& writer, const Echo& echo);
void repeat_user_name(Writer& writer, const Echo& echo);
void repeat_identities(Writer& writer, const Echo& echo);

// Makes the answer and has it filled; where it is longer than a message may be, SCSCF-Restoration-Info and then
// Failed-AVP give way. The answer owns its request and frees it too; when this or `fill` throws (FdError;
// std::length_error: it is still too long), the request comes back.
Message answer_to(Message& request, const std::function<void(msg* answer, msg* request)>& fill);

// Vendor-Specific-Application-Id and Auth-Session-State.
void write_application(Writer& writer, const Application& application);
// Both, our identity and the result.
void write_head(Writer& writer, msg* answer, const Application& application, const hss::OutcomeCode& result);

// A group with one text AVP for each of these; no group without any.
void write_texts(Writer& writer, Avp group, Avp inside, std::span<const std::string> texts);
void write_optional(Writer& writer, Avp which, const std::optional<std::string>& text);
void write_time(Writer& writer, Avp which, std::uint32_t time);

// Failed-AVP of an outcome that has one: the AVP as it came, or an example of one that is missing (RFC 6733 7.5).
void write_failed(Writer& writer, msg* request, const hss::OutcomeCode& result);

// What its answers are made with.
struct AnswerStyle {
  const Dictionary& dictionary;
  const Application& application;
  Repeat repeat;
};

// Take the request over and give the complete answer. Throw as answer_to; the request is then still the caller's.
Message encode_failure(const AnswerStyle& style, Message& request, const DecodeFailure& failure);

// A codec has: Command, the trait; Request, Answer, of it; decode(const ReceivedRequest&) -> Decoded<Request>; write
// (Writer&, const Answer&), which adds what the answer has beyond head, repetition and Failed-AVP.
template <typename Codec>
Message encode(const AnswerStyle& style, Message& request, const Echo& echo, const typename Codec::Answer& from) {
  const auto fill = [&](msg* answer, msg* query) {
    const hss::OutcomeCode& result = hss::code_of(from.outcome);
    Writer writer(style.dictionary, answer);
    write_head(writer, answer, style.application, result);
    style.repeat(writer, echo);
    Codec::write(writer, from);
    write_failed(writer, query, result);
  };
  return answer_to(request, std::cref(fill));
}

}  // namespace diameter_ext
