// SPDX-License-Identifier: Apache-2.0
// Writes the tables into freeDiameter's dictionary, taking what is there already.
#include "diameter_ext/dictionary/define.h"

#include "diameter_ext/dictionary/tables.h"

#include <spdlog/spdlog.h>

#include <array>
#include <cerrno>

namespace diameter_ext {
namespace {

dictionary* dict() { return fd_g_config->cnf_dict; }

constexpr std::array base_types{AVP_TYPE_OCTETSTRING, AVP_TYPE_GROUPED, AVP_TYPE_UNSIGNED32, AVP_TYPE_UNSIGNED64,
                                AVP_TYPE_INTEGER32};  // by Type

// fd_dict_new reports EEXIST for an object of other content and still refers to the existing one.
dict_object* define(dict_object_type type, void* data, dict_object* parent, const char* what) {
  dict_object* object = nullptr;
  const int code = fd_dict_new(dict(), type, data, parent, &object);
  if (code != EEXIST) {
    check(code, what);
  }
  return object;
}

dict_object* find_avp(std::uint32_t code, std::uint32_t vendor) {
  dict_avp_request request{};
  request.avp_code = code;
  request.avp_vendor = vendor;
  dict_object* found = nullptr;
  const int result = fd_dict_search(dict(), DICT_AVP, AVP_BY_CODE_AND_VENDOR, &request, &found, 0);
  check(result, "fd_dict_search");
  return found;
}

void define_avp(const AvpRow& row) {
  const auto type = base_types.at(static_cast<std::size_t>(row.type));
  dict_object* existing = find_avp(row.code, row.vendor);
  if (existing == nullptr) {
    dict_avp_data data{};
    data.avp_code = row.code;
    data.avp_vendor = row.vendor;
    data.avp_name = c_string(row.name);
    data.avp_flag_val =
        static_cast<std::uint8_t>((row.vendor != 0 ? AVP_FLAG_VENDOR : 0) | (row.mandatory ? AVP_FLAG_MANDATORY : 0));
    data.avp_flag_mask = AVP_FLAG_VENDOR | AVP_FLAG_MANDATORY;
    data.avp_basetype = type;
    define(DICT_AVP, &data, nullptr, row.name);
    return;
  }
  dict_avp_data data{};
  check(fd_dict_getval(existing, &data), "fd_dict_getval");
  if (data.avp_basetype != type) {
    throw FdError(
        (std::string("another dictionary defines AVP ") + row.name + " with another type; defining it").c_str(),
        EEXIST);
  }
}

void define_rules(dict_object* parent, std::span<const RuleRow> rows) {
  for (const RuleRow& row : rows) {
    dict_rule_data data{};
    data.rule_avp = find_avp(row.code, row.vendor);
    data.rule_position = row.presence == Presence::first      ? RULE_FIXED_HEAD
                         : row.presence == Presence::required ? RULE_REQUIRED
                                                              : RULE_OPTIONAL;
    data.rule_order = row.presence == Presence::first ? 1 : 0;
    data.rule_min = row.presence == Presence::optional ? 0 : 1;
    data.rule_max = row.most == 0 ? -1 : row.most;
    define(DICT_RULE, &data, parent, "rule");
  }
}

dict_object* define_command(std::uint32_t code, const char* name, bool request, dict_object* application) {
  dict_cmd_data data{};
  data.cmd_code = code;
  data.cmd_name = c_string(name);
  data.cmd_flag_mask = CMD_FLAG_REQUEST | CMD_FLAG_PROXIABLE;
  data.cmd_flag_val = static_cast<std::uint8_t>(CMD_FLAG_PROXIABLE | (request ? CMD_FLAG_REQUEST : 0));
  return define(DICT_COMMAND, &data, application, name);
}

struct Resolved {
  Avp avp;
  std::uint32_t code;
  std::uint32_t vendor;
};
constexpr std::array<Resolved, static_cast<std::size_t>(Avp::count)> resolved{{
    {Avp::user_name, 1, 0},
    {Avp::vendor_specific_application_id, 260, 0},
    {Avp::vendor_id, 266, 0},
    {Avp::auth_application_id, 258, 0},
    {Avp::auth_session_state, 277, 0},
    {Avp::origin_host, 264, 0},
    {Avp::origin_realm, 296, 0},
    {Avp::result_code, 268, 0},
    {Avp::experimental_result, 297, 0},
    {Avp::experimental_result_code, 298, 0},
    {Avp::failed_avp, 279, 0},
    {Avp::error_message, 281, 0},
    {Avp::public_identity, 601, vendor_3gpp_id},
    {Avp::server_name, 602, vendor_3gpp_id},
    {Avp::sip_number_auth_items, 607, vendor_3gpp_id},
    {Avp::sip_auth_data_item, 612, vendor_3gpp_id},
    {Avp::sip_item_number, 613, vendor_3gpp_id},
    {Avp::sip_authentication_scheme, 608, vendor_3gpp_id},
    {Avp::sip_authenticate, 609, vendor_3gpp_id},
    {Avp::sip_authorization, 610, vendor_3gpp_id},
    {Avp::confidentiality_key, 625, vendor_3gpp_id},
    {Avp::integrity_key, 626, vendor_3gpp_id},
    {Avp::server_capabilities, 603, vendor_3gpp_id},
    {Avp::mandatory_capability, 604, vendor_3gpp_id},
    {Avp::optional_capability, 605, vendor_3gpp_id},
    {Avp::supported_features, 628, vendor_3gpp_id},
    {Avp::feature_list_id, 629, vendor_3gpp_id},
    {Avp::feature_list, 630, vendor_3gpp_id},
    {Avp::wildcarded_public_identity, 634, vendor_3gpp_id},
    {Avp::lia_flags, 653, vendor_3gpp_id},
    {Avp::user_data, 606, vendor_3gpp_id},
    {Avp::charging_information, 618, vendor_3gpp_id},
    {Avp::primary_event_charging_function_name, 619, vendor_3gpp_id},
    {Avp::secondary_event_charging_function_name, 620, vendor_3gpp_id},
    {Avp::primary_charging_collection_function_name, 621, vendor_3gpp_id},
    {Avp::secondary_charging_collection_function_name, 622, vendor_3gpp_id},
    {Avp::associated_identities, 632, vendor_3gpp_id},
    {Avp::loose_route_indication, 638, vendor_3gpp_id},
    {Avp::scscf_restoration_info, 639, vendor_3gpp_id},
    {Avp::path, 640, vendor_3gpp_id},
    {Avp::contact, 641, vendor_3gpp_id},
    {Avp::subscription_info, 642, vendor_3gpp_id},
    {Avp::call_id_sip_header, 643, vendor_3gpp_id},
    {Avp::from_sip_header, 644, vendor_3gpp_id},
    {Avp::to_sip_header, 645, vendor_3gpp_id},
    {Avp::record_route, 646, vendor_3gpp_id},
    {Avp::associated_registered_identities, 647, vendor_3gpp_id},
    {Avp::restoration_info, 649, vendor_3gpp_id},
    {Avp::priviledged_sender_indication, 652, vendor_3gpp_id},
    {Avp::initial_cseq_sequence_number, 654, vendor_3gpp_id},
    {Avp::p_cscf_subscription_info, 660, vendor_3gpp_id},
    {Avp::registration_time_out, 661, vendor_3gpp_id},
    {Avp::sip_digest_authenticate, 635, vendor_3gpp_id},
    {Avp::digest_realm, 104, 0},
    {Avp::digest_algorithm, 111, 0},
    {Avp::digest_qop, 110, 0},
    {Avp::digest_ha1, 121, 0},
    {Avp::alternate_digest_algorithm, 662, vendor_3gpp_id},
    {Avp::alternate_digest_ha1, 663, vendor_3gpp_id},
    {Avp::line_identifier, 500, vendor_etsi_id},
    {Avp::framed_ip_address, 8, 0},
    {Avp::framed_ipv6_prefix, 97, 0},
    {Avp::framed_interface_id, 96, 0},
}};

void define_vendors(Dictionary& out) {
  dict_vendor_data vendor{};
  vendor.vendor_id = vendor_3gpp_id;
  vendor.vendor_name = c_string("3GPP");
  out.vendor = define(DICT_VENDOR, &vendor, nullptr, "vendor 3GPP");
  vendor.vendor_id = 13019;
  vendor.vendor_name = c_string("ETSI");
  define(DICT_VENDOR, &vendor, nullptr, "vendor ETSI");
}

}  // namespace

Dictionary define_dictionary() {
  Dictionary out;
  define_vendors(out);
  dict_application_data application{};
  application.application_id = cx_application_id;
  application.application_name = c_string("Cx");
  out.application = define(DICT_APPLICATION, &application, out.vendor, "application Cx");
  for (const AvpRow& row : avp_rows()) {
    define_avp(row);
  }
  for (const GroupRow& row : group_rows()) {
    define_rules(find_avp(row.code, row.vendor), row.rules);
  }
  for (const CommandRow& row : command_rows()) {
    dict_object* request = define_command(row.code, row.request, true, out.application);
    dict_object* answer = define_command(row.code, row.answer, false, out.application);
    define_rules(request, common_request_rules());
    define_rules(request, row.request_rules);
    define_rules(answer, common_answer_rules());
    define_rules(answer, row.answer_rules);
    out.requests.emplace(row.code, request);
  }
  for (const Resolved& row : resolved) {
    out.avps[static_cast<std::size_t>(row.avp)] = find_avp(row.code, row.vendor);
    if (out[row.avp] == nullptr) {
      throw FdError("fd_dict_search", ENOENT);
    }
  }
  return out;
}

}  // namespace diameter_ext
