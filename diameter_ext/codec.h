// SPDX-License-Identifier: Apache-2.0
// What the codecs of all commands share: reading AVPs into plain fields, results, Supported-Features, Failed-AVP.
#pragma once

#include "diameter_ext/message.h"
#include "hss/cx/messages.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace diameter_ext {

// Codes of AVPs that requests have (RFC 6733, TS 29.229 6.3). 3GPP's numbers and the base protocol's do not overlap
// here.
namespace code {
inline constexpr std::uint32_t user_name = 1;
inline constexpr std::uint32_t origin_host = 264;
inline constexpr std::uint32_t vendor_id = 266;
inline constexpr std::uint32_t failed_avp = 279;
inline constexpr std::uint32_t origin_realm = 296;
inline constexpr std::uint32_t visited_network_identifier = 600;
inline constexpr std::uint32_t public_identity = 601;
inline constexpr std::uint32_t server_name = 602;
inline constexpr std::uint32_t sip_number_auth_items = 607;
inline constexpr std::uint32_t sip_authentication_scheme = 608;
inline constexpr std::uint32_t sip_authorization = 610;
inline constexpr std::uint32_t sip_auth_data_item = 612;
inline constexpr std::uint32_t server_assignment_type = 614;
inline constexpr std::uint32_t user_authorization_type = 623;
inline constexpr std::uint32_t user_data_already_available = 624;
inline constexpr std::uint32_t wildcarded_public_identity = 634;
inline constexpr std::uint32_t supported_features = 628;
inline constexpr std::uint32_t feature_list_id = 629;
inline constexpr std::uint32_t feature_list = 630;
inline constexpr std::uint32_t originating_request = 633;
inline constexpr std::uint32_t uar_flags = 637;
inline constexpr std::uint32_t scscf_restoration_info = 639;
inline constexpr std::uint32_t path = 640;
inline constexpr std::uint32_t contact = 641;
inline constexpr std::uint32_t subscription_info = 642;
inline constexpr std::uint32_t call_id_sip_header = 643;
inline constexpr std::uint32_t from_sip_header = 644;
inline constexpr std::uint32_t to_sip_header = 645;
inline constexpr std::uint32_t record_route = 646;
inline constexpr std::uint32_t multiple_registration_indication = 648;
inline constexpr std::uint32_t restoration_info = 649;
inline constexpr std::uint32_t session_priority = 650;
inline constexpr std::uint32_t initial_cseq_sequence_number = 654;
inline constexpr std::uint32_t sar_flags = 655;
inline constexpr std::uint32_t p_cscf_subscription_info = 660;
inline constexpr std::uint32_t registration_time_out = 661;
}  // namespace code

namespace result {
inline constexpr std::uint32_t command_unsupported = 3001;
inline constexpr std::uint32_t invalid_avp_value = 5004;
inline constexpr std::uint32_t missing_avp = 5005;
inline constexpr std::uint32_t avp_occurs_too_many_times = 5009;
}  // namespace result

// A request that cannot be understood: the base protocol's code and the AVP at fault (RFC 6733 7.1.5, 7.5).
struct DecodeFailure {
  std::uint32_t code = 0;
  avp* at_fault = nullptr;     // of the request; repeated in Failed-AVP
  std::optional<Avp> missing;  // an example of this one goes into Failed-AVP instead
};
template <typename Request>
using Decoded = std::variant<Request, DecodeFailure>;

// What stood in the way of reading one AVP; nothing when it was read.
using ReadFailure = std::optional<DecodeFailure>;

inline ReadFailure invalid_value(const ReceivedAvp& avp) {
  return DecodeFailure{result::invalid_avp_value, avp.handle, std::nullopt};
}
ReadFailure read_text(const ReceivedAvp& avp, std::string& into);
ReadFailure read_features(const ReceivedAvp& avp, hss::SupportedFeatures& into);

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

// Counts, lengths and forms of what came (diameter_ext/dictionary/limits.h), those of every AVP that is read or comes
// back.
ReadFailure check_limits(std::span<const ReceivedAvp> avps);

// AVPs that requests of every command have; does nothing with any other.
template <typename Request>
ReadFailure read_common(const ReceivedAvp& avp, Request& into) {
  if (avp.vendor == vendor_3gpp_id) {
    return avp.code == code::supported_features ? read_features(avp, into.features) : std::nullopt;
  }
  if (avp.vendor == 0 && avp.code == code::origin_host) {
    return read_text(avp, into.requester.host);
  }
  if (avp.vendor == 0 && avp.code == code::origin_realm) {
    return read_text(avp, into.requester.realm);
  }
  return std::nullopt;
}

// Session-Priority says how urgent the session is; it is not acted upon (TS 29.229 6.3.56: 0 to 4).
ReadFailure check_session_priority(const ReceivedAvp& avp);

std::string lower_case(std::string text);

// Reads all AVPs with `read` (const ReceivedAvp&, Request&) -> ReadFailure, in order, until one fails.
template <typename Request, typename Read>
Decoded<Request> decode_request(msg* request, Read read) {
  Request out;
  const auto avps = children_of(request);
  if (auto failure = check_limits(avps)) {
    return *failure;
  }
  for (const ReceivedAvp& avp : avps) {
    if (auto failure = read(avp, out)) {
      return *failure;
    }
  }
  out.requester = {lower_case(std::move(out.requester.host)), lower_case(std::move(out.requester.realm))};
  return out;
}

// What an answer takes from its request, as sent; views into the request.
struct Echo {
  std::string_view user_name;
  std::string_view public_identity;
  bool features = false;  // Supported-Features were sent: the answer has ours
};
Echo echo_of(msg* request);

// Adds what answers of a command repeat of their request, be they good or bad.
using Repeat = void (*)(Writer& writer, const Echo& echo);
void repeat_identities(Writer& writer, const Echo& echo);
inline void repeat_nothing(Writer& /*writer*/, const Echo& /*echo*/) {}

// Makes the answer and has it filled; where it is longer than a message may be, SCSCF-Restoration-Info and then
// Failed-AVP give way. The answer owns its request and frees it too; when this or `fill` throws (FdError;
// std::length_error: it is still too long), the request comes back.
Message answer_to(Message& request, const std::function<void(msg* answer, msg* request)>& fill);

// Base AVPs, the result and, if it is so negotiated, our features. TS 29.229 7.2.1: without the M bit.
void write_head(Writer& writer, msg* answer, const hss::OutcomeCode& result, const Echo& echo);

// Server-Name and Server-Capabilities, each if it is there.
void write_server(Writer& writer, const std::optional<std::string>& name,
                  const std::optional<hss::ServerCapabilities>& capabilities);

// Failed-AVP of an outcome that has one: the AVP as it came, or an example of one that is missing (RFC 6733 7.5).
void write_failed(Writer& writer, msg* request, const hss::OutcomeCode& result);

// Take the request over and give the complete answer. Throw as answer_to; the request is then still the caller's.
Message encode_failure(const Dictionary& dictionary, Message& request, const DecodeFailure& failure, Repeat repeat);

// A codec has: Request, Answer; code; decode(msg*) -> Decoded<Request>; repeat, as Repeat; write(Writer&, const
// Answer&), which adds what the answer has beyond head, repetition and Failed-AVP.
template <typename Codec>
Message encode(const Dictionary& dictionary, Message& request, const typename Codec::Answer& from) {
  const auto fill = [&](msg* answer, msg* query) {
    const Echo echo = echo_of(query);
    const hss::OutcomeCode& result = hss::code_of(from.outcome);
    Writer writer(dictionary, answer);
    write_head(writer, answer, result, echo);
    Codec::repeat(writer, echo);
    Codec::write(writer, from);
    write_failed(writer, query, result);
  };
  return answer_to(request, std::cref(fill));
}

}  // namespace diameter_ext
