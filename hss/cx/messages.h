// SPDX-License-Identifier: Apache-2.0
// Cx requests and answers as plain values; validated octets in, no AVP and no SQL.
#pragma once

#include "auc/types.h"
#include "hss/aka.h"
#include "hss/extensions.h"
#include "hss/features.h"
#include "hss/outcome.h"
#include "hss/requester.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hss {

// User-Authorization-Type (TS 29.229 6.3.24).
enum class AuthorizationType : std::uint8_t { registration, deregistration, registration_and_capabilities };

// Server-Assignment-Type (TS 29.229 6.3.15); the numbers are those of the wire.
enum class AssignmentType : std::uint8_t {
  no_assignment,
  registration,
  re_registration,
  unregistered_user,
  timeout_deregistration,
  user_deregistration,
  timeout_deregistration_store_server_name,
  user_deregistration_store_server_name,
  administrative_deregistration,
  authentication_failure,
  authentication_timeout,
  deregistration_too_much_data,
  aaa_user_data_request,
  pgw_update,
  restoration,
};

// Server-Capabilities (TS 29.229 6.3.4); preferred S-CSCFs in order.
struct ServerCapabilities {
  std::vector<std::uint32_t> mandatory;
  std::vector<std::uint32_t> optional;
  std::vector<std::string> server_names;
  [[nodiscard]] bool empty() const noexcept { return mandatory.empty() && optional.empty() && server_names.empty(); }
};

// User-Authorization, TS 29.228 6.1.1.
struct UserAuthorizationRequest {
  std::string impi;
  std::string impu;
  std::string visited_network;  // lower case, without quotes (TS 29.229 6.3.1)
  AuthorizationType type = AuthorizationType::registration;
  bool emergency = false;          // UAR-Flags bit 0
  bool server_name_first = false;  // this I-CSCF looks for Server-Name alone: a single preferred S-CSCF goes there
  Requester requester;
  SupportedFeatures features;
};
struct UserAuthorizationAnswer {
  Outcome outcome = Outcome::unable_to_comply;
  std::optional<std::string> server_name;
  std::optional<ServerCapabilities> capabilities;
};

// Location-Info, TS 29.228 6.1.4.
struct LocationInfoRequest {
  std::string impu;
  bool originating = false;  // Originating-Request is there
  AuthorizationType type = AuthorizationType::registration;
  Requester requester;
  SupportedFeatures features;
};
struct LocationInfoAnswer {
  Outcome outcome = Outcome::unable_to_comply;
  std::optional<std::string> server_name;
  std::optional<ServerCapabilities> capabilities;
  std::optional<std::string> wildcard;  // Wildcarded-Public-Identity, when the identity matched one
  bool psi_direct_routing = false;      // LIA-Flags bit 0
};

// A dialog as S-CSCF restoration information keeps it (TS 29.229 6.3.49, 6.3.66); octets of SIP headers.
struct RestorationDialog {
  std::string call_id;
  std::string from;
  std::string to;
  std::string record_route;  // empty and absent in that of the P-CSCF
  std::string contact;
  bool operator==(const RestorationDialog&) const = default;
};
// Restoration-Info (TS 29.229 6.3.52), one contact.
struct RestorationContact {
  std::string path;
  std::string contact;
  std::optional<std::uint32_t> cseq;
  std::optional<std::string> call_id;
  std::optional<RestorationDialog> subscription;
  std::optional<RestorationDialog> p_cscf_subscription;
  bool operator==(const RestorationContact&) const = default;
};
// SCSCF-Restoration-Info (TS 29.229 6.3.46): what an S-CSCF leaves for whoever comes after it (TS 23.380).
struct RestorationInfo {
  std::string impi;
  std::vector<RestorationContact> contacts;
  std::optional<std::uint32_t> registration_time_out;  // Diameter time: seconds since 1900
  std::optional<std::string> scheme;
  bool operator==(const RestorationInfo&) const = default;
};

// Server-Assignment, TS 29.228 6.1.2.
struct ServerAssignmentRequest {
  std::string impi;                     // empty: User-Name is absent
  std::vector<std::string> impus;       // canonical, in the order of the request
  std::optional<std::string> wildcard;  // Wildcarded-Public-Identity, canonical
  std::string server_name;
  AssignmentType type = AssignmentType::no_assignment;
  bool data_available = false;  // User-Data-Already-Available
  std::optional<RestorationInfo> restoration;
  bool multiple_registration = false;  // Multiple-Registration-Indication
  bool p_cscf_restoration = false;     // SAR-Flags bit 0
  Extensions extensions = Extensions::full;
  Requester requester;
  SupportedFeatures features;
  bool retransmitted = false;    // T bit (RFC 6733 3)
  std::uint32_t end_to_end = 0;  // End-to-End Identifier
};
// Addresses of charging functions, Diameter URIs (TS 29.229 6.3.19-23).
struct ChargingInformation {
  std::optional<std::string> primary_event;  // online
  std::optional<std::string> secondary_event;
  std::optional<std::string> primary_collection;  // offline
  std::optional<std::string> secondary_collection;
};
struct ServerAssignmentAnswer {
  Outcome outcome = Outcome::unable_to_comply;
  std::optional<std::string> user_name;    // an IMPI that was chosen; that of the request is repeated without this
  std::optional<std::string> server_name;  // with identity_already_registered: who is assigned
  std::string user_data;                   // XML; empty: not sent
  std::optional<ChargingInformation> charging;
  std::vector<std::string> associated;             // IMPIs; Associated-Identities
  std::vector<std::string> associated_registered;  // IMPIs; Associated-Registered-Identities
  std::vector<RestorationInfo> restoration;
  std::optional<std::string> wildcard;
  std::optional<bool> loose_route;        // TS 29.229 6.3.45
  std::optional<bool> privileged_sender;  // TS 29.229 6.3.58
};

// Families of SIP-Authentication-Scheme (TS 29.229 6.3.9); the AKA versions differ only in the UE and the S-CSCF.
enum class Scheme : std::uint8_t { aka, sip_digest, nass_bundled, giba, unknown, unsupported };

Scheme scheme_of(std::string_view wire_name) noexcept;  // compares without regard to case
std::string_view name(Scheme scheme) noexcept;          // on the wire; of AKA that of its first version

// H(A1) of SIP Digest, H(IMPI:realm:password) (RFC 7616 3.4.2), as hexadecimal digits in lower case. Whoever has it
// needs no password.
struct Ha1Md5 {
  hsm::Secret<32> digits;
};
struct Ha1Sha256 {
  hsm::Secret<64> digits;
};
struct DigestData {
  std::string realm;
  Ha1Md5 md5;
  std::optional<Ha1Sha256> sha256;
};

// The address that a packet gateway gave to a UE (GIBA).
struct UeAddress {
  bool is_ipv6 = false;
  std::array<std::uint8_t, 16> octets{};  // IPv4: the first four
  std::uint8_t prefix_bits = 0;           // of IPv6; what is behind them is zero
  std::optional<std::array<std::uint8_t, 8>> interface_id;
};

// Multimedia-Auth, TS 29.228 6.3, table 6.3.1. Text is valid UTF-8 without NUL; identities are canonical
// (hss/identity.h).
struct MultimediaAuthRequest {
  std::string impi;
  std::string impu;
  std::string server_name;  // S-CSCF name, a SIP URI
  Requester requester;
  std::string scheme_name;  // as on the wire, echoed in the items
  std::uint32_t items = 1;  // SIP-Number-Auth-Items; 0 counts as 1
  std::optional<std::vector<std::uint8_t>>
      authorization;  // SIP-Authorization: RAND || AUTS after a failed synchronisation
  SupportedFeatures features;
};

struct MultimediaAuthAnswer {
  Outcome outcome = Outcome::unable_to_comply;
  std::string scheme_name;  // of every item
  // Of one scheme, and only with success (TS 29.228 tables 6.3.2 and 6.3.4 to 6.3.7, TS 29.229 6.3.13).
  std::vector<auc::Vector> vectors;  // AKA, in SQN order
  std::optional<DigestData> digest;
  std::vector<std::string> lines;  // NASS-Bundled: octets of Line-Identifier, any of them
  std::optional<UeAddress> address;
};

}  // namespace hss
