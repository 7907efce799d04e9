// SPDX-License-Identifier: Apache-2.0
// Builds requests and reads answers; the AVP codes are those of RFC 6733 4.5 and TS 29.229 6.3.
#include "cx.h"

#include <array>

namespace bench {
namespace {

constexpr std::uint32_t base_application = 0;
constexpr std::uint32_t cx_application = 16777216;
constexpr std::uint32_t vendor_3gpp = 10415;
constexpr std::uint32_t success = 2001;
constexpr std::uint32_t no_state_maintained = 1;
constexpr std::uint32_t do_not_want_to_talk = 2;
constexpr std::uint32_t re_registration = 2;
constexpr std::uint32_t user_data_not_available = 0;

namespace avp {
constexpr AvpId user_name{1};
constexpr AvpId host_ip_address{257};
constexpr AvpId auth_application_id{258};
constexpr AvpId vendor_specific_application_id{260};
constexpr AvpId session_id{263};
constexpr AvpId origin_host{264};
constexpr AvpId supported_vendor_id{265};
constexpr AvpId vendor_id{266};
constexpr AvpId result_code{268};
constexpr AvpId product_name{269, 0, false};
constexpr AvpId disconnect_cause{273};
constexpr AvpId auth_session_state{277};
constexpr AvpId destination_realm{283};
constexpr AvpId destination_host{293};
constexpr AvpId origin_realm{296};
constexpr AvpId experimental_result{297};
constexpr AvpId experimental_result_code{298};
constexpr AvpId inband_security_id{299};
constexpr AvpId visited_network_identifier{600, vendor_3gpp};
constexpr AvpId public_identity{601, vendor_3gpp};
constexpr AvpId server_name{602, vendor_3gpp};
constexpr AvpId user_data{606, vendor_3gpp};
constexpr AvpId sip_number_auth_items{607, vendor_3gpp};
constexpr AvpId sip_authentication_scheme{608, vendor_3gpp};
constexpr AvpId sip_authenticate{609, vendor_3gpp};
constexpr AvpId sip_authorization{610, vendor_3gpp};
constexpr AvpId sip_auth_data_item{612, vendor_3gpp};
constexpr AvpId sip_item_number{613, vendor_3gpp};
constexpr AvpId server_assignment_type{614, vendor_3gpp};
constexpr AvpId user_data_already_available{624, vendor_3gpp};
constexpr AvpId confidentiality_key{625, vendor_3gpp};
constexpr AvpId integrity_key{626, vendor_3gpp};
}  // namespace avp

Header base_request(std::uint32_t code, Ids ids) {
  return {request_flag, code, base_application, ids.hop_by_hop, ids.end_to_end};
}

void write_origin(MessageWriter& message, const Names& names) {
  message.text(avp::origin_host, names.origin_host);
  message.text(avp::origin_realm, names.origin_realm);
}

void write_cx_application(MessageWriter& message) {
  const std::size_t group = message.open_group(avp::vendor_specific_application_id);
  message.number(avp::vendor_id, vendor_3gpp);
  message.number(avp::auth_application_id, cx_application);
  message.close_group(group);
}

Header cx_request(std::uint32_t code, Ids ids) {
  return {request_flag | proxiable_flag, code, cx_application, ids.hop_by_hop, ids.end_to_end};
}

// What every Cx request begins with.
void write_common(MessageWriter& message, const Names& names, std::string_view session_id) {
  message.text(avp::session_id, session_id);
  write_cx_application(message);
  message.number(avp::auth_session_state, no_state_maintained);
  write_origin(message, names);
  if (!names.destination_host.empty()) message.text(avp::destination_host, names.destination_host);
  message.text(avp::destination_realm, names.destination_realm);
}

AuthItem read_item(Bytes group) {
  AuthItem item{};
  AvpReader reader(group);
  while (const auto avp = reader.next()) {
    if (avp->is(avp::sip_item_number)) item.number = avp->number();
    if (avp->is(avp::sip_authentication_scheme)) item.scheme = avp->text();
    if (avp->is(avp::sip_authenticate)) item.authenticate = avp->data;
    if (avp->is(avp::sip_authorization)) item.authorization = avp->data;
    if (avp->is(avp::confidentiality_key)) item.ck = avp->data;
    if (avp->is(avp::integrity_key)) item.ik = avp->data;
  }
  return item;
}

std::uint32_t read_experimental_result(Bytes group) {
  AvpReader reader(group);
  while (const auto avp = reader.next()) {
    if (avp->is(avp::experimental_result_code)) return avp->number();
  }
  throw ProtocolError("Experimental-Result without a code");
}

}  // namespace

void write_cer(Buffer& out, const Names& names, Ids ids) {
  constexpr std::array<std::uint8_t, 6> loopback{0, 1, 127, 0, 0, 1};
  MessageWriter message(out, base_request(command::capabilities, ids));
  write_origin(message, names);
  message.bytes(avp::host_ip_address, loopback);
  message.number(avp::vendor_id, 0);
  message.text(avp::product_name, "load generator");
  message.number(avp::supported_vendor_id, vendor_3gpp);
  message.number(avp::inband_security_id, 0);
  write_cx_application(message);
  message.finish();
}

void write_dwr(Buffer& out, const Names& names, Ids ids) {
  MessageWriter message(out, base_request(command::watchdog, ids));
  write_origin(message, names);
  message.finish();
}

void write_dpr(Buffer& out, const Names& names, Ids ids) {
  MessageWriter message(out, base_request(command::disconnect, ids));
  write_origin(message, names);
  message.number(avp::disconnect_cause, do_not_want_to_talk);
  message.finish();
}

void write_base_answer(Buffer& out, const Names& names, const Header& request) {
  Header header = request;
  header.flags = static_cast<std::uint8_t>(request.flags & proxiable_flag);
  MessageWriter message(out, header);
  message.number(avp::result_code, success);
  write_origin(message, names);
  message.finish();
}

void write_mar(Buffer& out, const Names& names, Ids ids, const Mar& mar) {
  MessageWriter message(out, cx_request(command::multimedia_auth, ids));
  write_common(message, names, mar.user.session_id);
  message.text(avp::user_name, mar.user.impi);
  message.text(avp::public_identity, mar.user.impu);
  const std::size_t item = message.open_group(avp::sip_auth_data_item);
  message.text(avp::sip_authentication_scheme, mar.scheme);
  message.close_group(item);
  message.number(avp::sip_number_auth_items, mar.items);
  message.text(avp::server_name, names.server_name);
  message.finish();
}

void write_uar(Buffer& out, const Names& names, Ids ids, const User& user) {
  MessageWriter message(out, cx_request(command::user_authorization, ids));
  write_common(message, names, user.session_id);
  message.text(avp::user_name, user.impi);
  message.text(avp::public_identity, user.impu);
  message.text(avp::visited_network_identifier, names.destination_realm);
  message.finish();
}

void write_lir(Buffer& out, const Names& names, Ids ids, const User& user) {
  MessageWriter message(out, cx_request(command::location_info, ids));
  write_common(message, names, user.session_id);
  message.text(avp::public_identity, user.impu);
  message.finish();
}

void write_sar(Buffer& out, const Names& names, Ids ids, const User& user) {
  MessageWriter message(out, cx_request(command::server_assignment, ids));
  write_common(message, names, user.session_id);
  message.text(avp::user_name, user.impi);
  message.text(avp::public_identity, user.impu);
  message.text(avp::server_name, names.server_name);
  message.number(avp::server_assignment_type, re_registration);
  message.number(avp::user_data_already_available, user_data_not_available);
  message.finish();
}

void read_answer(Bytes message, Answer& answer) {
  std::vector<AuthItem> items = std::move(answer.items);
  items.clear();
  answer = {};
  answer.items = std::move(items);
  AvpReader reader(message.subspan(header_size));
  while (const auto avp = reader.next()) {
    if (avp->is(avp::session_id)) answer.session_id = avp->text();
    if (avp->is(avp::user_name)) answer.user_name = avp->text();
    if (avp->is(avp::public_identity)) answer.public_identity = avp->text();
    if (avp->is(avp::sip_number_auth_items)) answer.item_count = avp->number();
    if (avp->is(avp::sip_auth_data_item)) answer.items.push_back(read_item(avp->data));
    if (avp->is(avp::user_data)) answer.user_data = avp->data.size();
    if (avp->is(avp::result_code)) answer.result = avp->number();
    if (avp->is(avp::experimental_result)) {
      answer.result = read_experimental_result(avp->data);
      answer.experimental = true;
    }
  }
}

}  // namespace bench
