// SPDX-License-Identifier: Apache-2.0
// The Cx application, its commands, AVPs and grammar in freeDiameter's dictionary (TS 29.229 6).
#pragma once

#include "diameter_ext/fd.h"

#include <cstddef>
#include <cstdint>
#include <map>

namespace diameter_ext {

inline constexpr std::uint32_t cx_application_id = 16777216;
inline constexpr std::uint32_t vendor_3gpp_id = 10415;
inline constexpr std::uint32_t vendor_etsi_id = 13019;

// AVPs that the codec reads or writes; resolved once.
enum class Avp : std::size_t {
  user_name,
  vendor_specific_application_id,
  vendor_id,
  auth_application_id,
  auth_session_state,
  origin_host,
  origin_realm,
  result_code,
  experimental_result,
  experimental_result_code,
  failed_avp,
  error_message,
  public_identity,
  server_name,
  sip_number_auth_items,
  sip_auth_data_item,
  sip_item_number,
  sip_authentication_scheme,
  sip_authenticate,
  sip_authorization,
  confidentiality_key,
  integrity_key,
  server_capabilities,
  mandatory_capability,
  optional_capability,
  supported_features,
  feature_list_id,
  feature_list,
  wildcarded_public_identity,
  lia_flags,
  user_data,
  charging_information,
  primary_event_charging_function_name,
  secondary_event_charging_function_name,
  primary_charging_collection_function_name,
  secondary_charging_collection_function_name,
  associated_identities,
  loose_route_indication,
  scscf_restoration_info,
  path,
  contact,
  subscription_info,
  call_id_sip_header,
  from_sip_header,
  to_sip_header,
  record_route,
  associated_registered_identities,
  restoration_info,
  priviledged_sender_indication,
  initial_cseq_sequence_number,
  p_cscf_subscription_info,
  registration_time_out,
  sip_digest_authenticate,
  digest_realm,
  digest_algorithm,
  digest_qop,
  digest_ha1,
  alternate_digest_algorithm,
  alternate_digest_ha1,
  line_identifier,
  framed_ip_address,
  framed_ipv6_prefix,
  framed_interface_id,
  count
};

struct Dictionary {
  dict_object* application = nullptr;
  dict_object* vendor = nullptr;
  std::map<std::uint32_t, dict_object*> requests;  // by command code
  dict_object* avps[static_cast<std::size_t>(Avp::count)] = {};

  [[nodiscard]] dict_object* operator[](Avp avp) const noexcept { return avps[static_cast<std::size_t>(avp)]; }
};

// Defines what is missing and takes what other dictionaries have defined; the same with or without dict_dcca_3gpp.
// Throws FdError when an object exists with another base type.
Dictionary define_dictionary();

}  // namespace diameter_ext
