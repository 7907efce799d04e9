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

ReadFailure read_flag(const ReceivedAvp& received, bool& into) {
  Flag flag{};
  auto failure = read_enumerated(received, Flag::yes, flag);
  into = flag == Flag::yes;
  return failure;
}

ReadFailure read_dialog(const ReceivedAvp& group, hss::RestorationDialog& out) {
  return read_group(group, [&](const ReceivedAvp& received) -> ReadFailure {
    switch (received.which) {
      case avp("Call-ID-SIP-Header"):
        return read_octets(received, out.call_id);
      case avp("From-SIP-Header"):
        return read_octets(received, out.from);
      case avp("To-SIP-Header"):
        return read_octets(received, out.to);
      case avp("Record-Route"):
        return read_octets(received, out.record_route);
      case avp("Contact"):
        return read_octets(received, out.contact);
      default:
        return std::nullopt;
    }
  });
}

ReadFailure read_contact(const ReceivedAvp& group, hss::RestorationContact& out) {
  return read_group(group, [&](const ReceivedAvp& received) -> ReadFailure {
    switch (received.which) {
      case avp("Path"):
        return read_octets(received, out.path);
      case avp("Contact"):
        return read_octets(received, out.contact);
      case avp("Initial-CSeq-Sequence-Number"):
        return read_u32(received, out.cseq);
      case avp("Call-ID-SIP-Header"):
        return read_octets(received, out.call_id.emplace());
      case avp("Subscription-Info"):
        return read_dialog(received, out.subscription.emplace());
      case avp("P-CSCF-Subscription-Info"):
        return read_dialog(received, out.p_cscf_subscription.emplace());
      default:
        return std::nullopt;
    }
  });
}

// Its User-Name is the request's own: who else's contacts would be left here.
ReadFailure read_restoration(const ReceivedAvp& group, hss::RestorationInfo& out) {
  return read_group(group, [&](const ReceivedAvp& received) -> ReadFailure {
    switch (received.which) {
      case avp("Restoration-Info"):
        return read_contact(received, out.contacts.emplace_back());
      case avp("Registration-Time-Out"):
        return read_time(received, out.registration_time_out);
      case avp("SIP-Authentication-Scheme"):
        return read_text(received, out.scheme.emplace());
      default:
        return std::nullopt;
    }
  });
}

ReadFailure read_flags(const ReceivedAvp& received, Request& out) {
  std::optional<std::uint32_t> flags;
  auto failure = read_u32(received, flags);
  out.p_cscf_restoration = (flags.value_or(0) & p_cscf_restoration_indication) != 0;
  return failure;
}

ReadFailure read(const ReceivedAvp& received, Request& out) {
  switch (received.which) {
    case avp("User-Name"):
      return read_text(received, out.impi);
    case avp("Public-Identity"):
      return read_text(received, out.impus.emplace_back());
    case avp("Wildcarded-Public-Identity"):
      return read_text(received, out.wildcard.emplace());
    case avp("Server-Name"):
      return read_text(received, out.server_name);
    case avp("Server-Assignment-Type"):
      return read_enumerated(received, hss::AssignmentType::restoration, out.type);
    case avp("User-Data-Already-Available"):
      return read_flag(received, out.data_available);
    case avp("SCSCF-Restoration-Info"):
      return read_restoration(received, out.restoration.emplace());
    case avp("Multiple-Registration-Indication"):
      return read_flag(received, out.multiple_registration);
    case avp("SAR-Flags"):
      return read_flags(received, out);
    case avp("Session-Priority"):
      return check_session_priority(received);
    default:
      return read_common(received, out);
  }
}

void write_dialog(Writer& contact, Avp which, const hss::RestorationDialog& from) {
  Writer group = contact.group(which);
  group.text(avp("Call-ID-SIP-Header"), from.call_id);
  group.text(avp("From-SIP-Header"), from.from);
  group.text(avp("To-SIP-Header"), from.to);
  if (which == avp("Subscription-Info")) {
    group.text(avp("Record-Route"), from.record_route);
  }
  group.text(avp("Contact"), from.contact);
}

void write_contact(Writer& info, const hss::RestorationContact& from) {
  Writer group = info.group(avp("Restoration-Info"));
  group.text(avp("Path"), from.path);
  group.text(avp("Contact"), from.contact);
  if (from.cseq) {
    group.u32(avp("Initial-CSeq-Sequence-Number"), *from.cseq);
  }
  write_optional(group, avp("Call-ID-SIP-Header"), from.call_id);
  if (from.subscription) {
    write_dialog(group, avp("Subscription-Info"), *from.subscription);
  }
  if (from.p_cscf_subscription) {
    write_dialog(group, avp("P-CSCF-Subscription-Info"), *from.p_cscf_subscription);
  }
}

void write_restoration(Writer& writer, const hss::RestorationInfo& from) {
  Writer group = writer.group(avp("SCSCF-Restoration-Info"));
  group.text(avp("User-Name"), from.impi);
  for (const hss::RestorationContact& contact : from.contacts) {
    write_contact(group, contact);
  }
  if (from.registration_time_out) {
    write_time(group, avp("Registration-Time-Out"), *from.registration_time_out);
  }
  write_optional(group, avp("SIP-Authentication-Scheme"), from.scheme);
}

void write_profile(Writer& writer, const ServerAssignmentCodec::Answer& answer) {
  if (!answer.user_data.empty()) {
    writer.text(avp("User-Data"), answer.user_data);
  }
  if (answer.charging) {
    write_charging(writer, *answer.charging);
  }
  write_texts(writer, avp("Associated-Identities"), avp("User-Name"), answer.associated);
  if (answer.loose_route) {
    writer.i32(avp("Loose-Route-Indication"), *answer.loose_route ? 1 : 0);
  }
  for (const hss::RestorationInfo& info : answer.restoration) {
    write_restoration(writer, info);
  }
  write_texts(writer, avp("Associated-Registered-Identities"), avp("User-Name"), answer.associated_registered);
}

}  // namespace

Decoded<Request> ServerAssignmentCodec::decode(const ReceivedRequest& received) {
  auto decoded = decode_request<Request>(received, read);
  if (auto* plain = std::get_if<Request>(&decoded)) {
    plain->retransmitted = (received.header->msg_flags & CMD_FLAG_RETRANSMIT) != 0;
    plain->end_to_end = received.header->msg_eteid;
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

void ServerAssignmentCodec::write(Writer& writer, const Answer& answer) {
  write_optional(writer, avp("User-Name"), answer.user_name);
  write_profile(writer, answer);
  write_optional(writer, avp("Server-Name"), answer.server_name);
  write_optional(writer, avp("Wildcarded-Public-Identity"), answer.wildcard);
  if (answer.privileged_sender) {
    writer.i32(avp("Priviledged-Sender-Indication"), *answer.privileged_sender ? 1 : 0);
  }
}

}  // namespace diameter_ext
