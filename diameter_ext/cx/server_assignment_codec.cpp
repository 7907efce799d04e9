// SPDX-License-Identifier: Apache-2.0
// Server-Assignment, AVP by AVP.
#include "diameter_ext/cx/server_assignment_codec.h"

#include "hss/identity.h"

#include <array>
#include <span>

namespace diameter_ext {
namespace {

using Request = ServerAssignmentCodec::Request;

constexpr std::uint32_t p_cscf_restoration_indication = 1U << 0U;  // of SAR-Flags (TS 29.229 6.3.61)
enum class Flag : std::uint8_t { no, yes };                        // any Enumerated that has but these two

ReadFailure read_flag(const ReceivedAvp& avp, bool& into) {
  Flag flag{};
  auto failure = read_enumerated(avp, Flag::yes, flag);
  into = flag == Flag::yes;
  return failure;
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

// Time: four octets (RFC 6733 4.3.1).
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

// Reads the 3GPP children of a group with `read` (const ReceivedAvp&) -> ReadFailure, in order, until one fails.
template <typename Read>
ReadFailure read_group(const ReceivedAvp& group, Read read) {
  for (const ReceivedAvp& child : children_of(group.handle)) {
    if (child.vendor == vendor_3gpp_id) {
      if (auto failure = read(child)) {
        return failure;
      }
    }
  }
  return std::nullopt;
}

ReadFailure read_dialog(const ReceivedAvp& group, hss::RestorationDialog& out) {
  return read_group(group, [&](const ReceivedAvp& avp) -> ReadFailure {
    switch (avp.code) {
      case code::call_id_sip_header:
        return read_octets(avp, out.call_id);
      case code::from_sip_header:
        return read_octets(avp, out.from);
      case code::to_sip_header:
        return read_octets(avp, out.to);
      case code::record_route:
        return read_octets(avp, out.record_route);
      case code::contact:
        return read_octets(avp, out.contact);
      default:
        return std::nullopt;
    }
  });
}

ReadFailure read_contact(const ReceivedAvp& group, hss::RestorationContact& out) {
  return read_group(group, [&](const ReceivedAvp& avp) -> ReadFailure {
    switch (avp.code) {
      case code::path:
        return read_octets(avp, out.path);
      case code::contact:
        return read_octets(avp, out.contact);
      case code::initial_cseq_sequence_number:
        return read_u32(avp, out.cseq);
      case code::call_id_sip_header:
        return read_octets(avp, out.call_id.emplace());
      case code::subscription_info:
        return read_dialog(avp, out.subscription.emplace());
      case code::p_cscf_subscription_info:
        return read_dialog(avp, out.p_cscf_subscription.emplace());
      default:
        return std::nullopt;
    }
  });
}

// Its User-Name is the request's own: who else's contacts would be left here.
ReadFailure read_restoration(const ReceivedAvp& group, hss::RestorationInfo& out) {
  return read_group(group, [&](const ReceivedAvp& avp) -> ReadFailure {
    switch (avp.code) {
      case code::restoration_info:
        return read_contact(avp, out.contacts.emplace_back());
      case code::registration_time_out:
        return read_time(avp, out.registration_time_out);
      case code::sip_authentication_scheme:
        return read_text(avp, out.scheme.emplace());
      default:
        return std::nullopt;
    }
  });
}

ReadFailure read_flags(const ReceivedAvp& avp, Request& out) {
  std::optional<std::uint32_t> flags;
  auto failure = read_u32(avp, flags);
  out.p_cscf_restoration = (flags.value_or(0) & p_cscf_restoration_indication) != 0;
  return failure;
}

ReadFailure read(const ReceivedAvp& avp, Request& out) {
  if (avp.vendor == 0 && avp.code == code::user_name) {
    return read_text(avp, out.impi);
  }
  if (avp.vendor != vendor_3gpp_id) {
    return read_common(avp, out);
  }
  switch (avp.code) {
    case code::public_identity:
      return read_text(avp, out.impus.emplace_back());
    case code::wildcarded_public_identity:
      return read_text(avp, out.wildcard.emplace());
    case code::server_name:
      return read_text(avp, out.server_name);
    case code::server_assignment_type:
      return read_enumerated(avp, hss::AssignmentType::restoration, out.type);
    case code::user_data_already_available:
      return read_flag(avp, out.data_available);
    case code::scscf_restoration_info:
      return read_restoration(avp, out.restoration.emplace());
    case code::multiple_registration_indication:
      return read_flag(avp, out.multiple_registration);
    case code::sar_flags:
      return read_flags(avp, out);
    case code::session_priority:
      return check_session_priority(avp);
    default:
      return read_common(avp, out);
  }
}

using Texts = std::span<const std::string>;

// A group of User-Names; none where there is nobody to name.
void write_names(Writer& writer, Avp group, Texts names) {
  if (names.empty()) {
    return;
  }
  Writer inside = writer.group(group);
  for (const std::string& name : names) {
    inside.text(Avp::user_name, name);
  }
}

void write_charging(Writer& writer, const hss::ChargingInformation& from) {
  const std::array<std::pair<Avp, const std::optional<std::string>&>, 4> functions{
      {{Avp::primary_event_charging_function_name, from.primary_event},
       {Avp::secondary_event_charging_function_name, from.secondary_event},
       {Avp::primary_charging_collection_function_name, from.primary_collection},
       {Avp::secondary_charging_collection_function_name, from.secondary_collection}}};
  Writer group = writer.group(Avp::charging_information);
  for (const auto& [avp, uri] : functions) {
    if (uri) {
      group.text(avp, *uri);
    }
  }
}

void write_dialog(Writer& contact, Avp avp, const hss::RestorationDialog& from) {
  Writer group = contact.group(avp);
  group.text(Avp::call_id_sip_header, from.call_id);
  group.text(Avp::from_sip_header, from.from);
  group.text(Avp::to_sip_header, from.to);
  if (avp == Avp::subscription_info) {
    group.text(Avp::record_route, from.record_route);
  }
  group.text(Avp::contact, from.contact);
}

void write_contact(Writer& info, const hss::RestorationContact& from) {
  Writer group = info.group(Avp::restoration_info);
  group.text(Avp::path, from.path);
  group.text(Avp::contact, from.contact);
  if (from.cseq) {
    group.u32(Avp::initial_cseq_sequence_number, *from.cseq);
  }
  if (from.call_id) {
    group.text(Avp::call_id_sip_header, *from.call_id);
  }
  if (from.subscription) {
    write_dialog(group, Avp::subscription_info, *from.subscription);
  }
  if (from.p_cscf_subscription) {
    write_dialog(group, Avp::p_cscf_subscription_info, *from.p_cscf_subscription);
  }
}

std::array<std::uint8_t, 4> time_octets(std::uint32_t time) {
  return {static_cast<std::uint8_t>(time >> 24U), static_cast<std::uint8_t>(time >> 16U & 0xffU),
          static_cast<std::uint8_t>(time >> 8U & 0xffU), static_cast<std::uint8_t>(time & 0xffU)};
}

void write_restoration(Writer& writer, const hss::RestorationInfo& from) {
  Writer group = writer.group(Avp::scscf_restoration_info);
  group.text(Avp::user_name, from.impi);
  for (const hss::RestorationContact& contact : from.contacts) {
    write_contact(group, contact);
  }
  if (from.registration_time_out) {
    group.octets(Avp::registration_time_out, time_octets(*from.registration_time_out));
  }
  if (from.scheme) {
    group.text(Avp::sip_authentication_scheme, *from.scheme);
  }
}

void write_profile(Writer& writer, const ServerAssignmentCodec::Answer& answer) {
  if (!answer.user_data.empty()) {
    writer.text(Avp::user_data, answer.user_data);
  }
  if (answer.charging) {
    write_charging(writer, *answer.charging);
  }
  write_names(writer, Avp::associated_identities, answer.associated);
  if (answer.loose_route) {
    writer.i32(Avp::loose_route_indication, *answer.loose_route ? 1 : 0);
  }
  for (const hss::RestorationInfo& info : answer.restoration) {
    write_restoration(writer, info);
  }
  write_names(writer, Avp::associated_registered_identities, answer.associated_registered);
}

}  // namespace

Decoded<Request> ServerAssignmentCodec::decode(msg* request) {
  auto decoded = decode_request<Request>(request, read);
  if (auto* plain = std::get_if<Request>(&decoded)) {
    msg_hdr* header = nullptr;
    check(fd_msg_hdr(request, &header), "fd_msg_hdr");
    plain->retransmitted = (header->msg_flags & CMD_FLAG_RETRANSMIT) != 0;
    plain->end_to_end = header->msg_eteid;
    plain->impi = hss::canonical_impi(plain->impi);
    for (std::string& impu : plain->impus) {
      impu = hss::canonical_impu(impu);
    }
    if (plain->wildcard) {
      plain->wildcard = hss::canonical_impu(*plain->wildcard);
    }
  }
  return decoded;
}

void ServerAssignmentCodec::repeat(Writer& writer, const Echo& echo) {
  if (!echo.user_name.empty()) {
    writer.text(Avp::user_name, echo.user_name);
  }
}

void ServerAssignmentCodec::write(Writer& writer, const Answer& answer) {
  if (answer.user_name) {
    writer.text(Avp::user_name, *answer.user_name);
  }
  write_profile(writer, answer);
  if (answer.server_name) {
    writer.text(Avp::server_name, *answer.server_name);
  }
  if (answer.wildcard) {
    writer.text(Avp::wildcarded_public_identity, *answer.wildcard);
  }
  if (answer.privileged_sender) {
    writer.i32(Avp::priviledged_sender_indication, *answer.privileged_sender ? 1 : 0);
  }
}

}  // namespace diameter_ext
