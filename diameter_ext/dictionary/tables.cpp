// SPDX-License-Identifier: Apache-2.0
// Rows of TS 29.229 6.1 and 6.3.
#include "diameter_ext/dictionary/tables.h"

#include <array>

namespace diameter_ext {
namespace {

constexpr std::uint32_t v3gpp = 10415;
constexpr std::uint32_t etsi = 13019;

// table: TS 29.229 6.3, the IETF and ETSI AVPs that Cx borrows, and what real CSCFs send with the M bit although Cx
// does not have it: digest AVPs of ETSI TS 183 033 (Kamailio), Access-Network-Information of TS 29.061 (Ericsson)
constexpr auto avps = std::to_array<AvpRow>({
    {8, 0, "Framed-IP-Address", Type::octets, true},
    {96, 0, "Framed-Interface-Id", Type::u64, true},
    {97, 0, "Framed-IPv6-Prefix", Type::octets, true},
    {104, 0, "Digest-Realm", Type::octets, true},
    {110, 0, "Digest-QoP", Type::octets, true},
    {111, 0, "Digest-Algorithm", Type::octets, true},
    {121, 0, "Digest-HA1", Type::octets, true},
    {301, 0, "DRMP", Type::i32, false},
    {621, 0, "OC-Supported-Features", Type::grouped, false},
    {623, 0, "OC-OLR", Type::grouped, false},
    {650, 0, "Load", Type::grouped, false},
    {500, etsi, "Line-Identifier", Type::octets, false},
    {501, etsi, "ETSI-SIP-Authenticate", Type::grouped, true},
    {502, etsi, "ETSI-SIP-Authorization", Type::grouped, true},
    {503, etsi, "ETSI-SIP-Authentication-Info", Type::grouped, true},
    {504, etsi, "ETSI-Digest-Realm", Type::octets, true},
    {505, etsi, "ETSI-Digest-Nonce", Type::octets, true},
    {506, etsi, "ETSI-Digest-Domain", Type::octets, true},
    {507, etsi, "ETSI-Digest-Opaque", Type::octets, true},
    {508, etsi, "ETSI-Digest-Stale", Type::octets, true},
    {509, etsi, "ETSI-Digest-Algorithm", Type::octets, true},
    {510, etsi, "ETSI-Digest-QoP", Type::octets, true},
    {511, etsi, "ETSI-Digest-HA1", Type::octets, true},
    {512, etsi, "ETSI-Digest-Auth-Param", Type::octets, true},
    {513, etsi, "ETSI-Digest-Username", Type::octets, true},
    {514, etsi, "ETSI-Digest-URI", Type::octets, true},
    {515, etsi, "ETSI-Digest-Response", Type::octets, true},
    {516, etsi, "ETSI-Digest-CNonce", Type::octets, true},
    {517, etsi, "ETSI-Digest-Nonce-Count", Type::octets, true},
    {518, etsi, "ETSI-Digest-Method", Type::octets, true},
    {519, etsi, "ETSI-Digest-Entity-Body-Hash", Type::octets, true},
    {520, etsi, "ETSI-Digest-Nextnonce", Type::octets, true},
    {521, etsi, "ETSI-Digest-Response-Auth", Type::octets, true},
    {600, v3gpp, "Visited-Network-Identifier", Type::octets, true},
    {601, v3gpp, "Public-Identity", Type::octets, true},
    {602, v3gpp, "Server-Name", Type::octets, true},
    {603, v3gpp, "Server-Capabilities", Type::grouped, true},
    {604, v3gpp, "Mandatory-Capability", Type::u32, true},
    {605, v3gpp, "Optional-Capability", Type::u32, true},
    {606, v3gpp, "User-Data", Type::octets, true},
    {607, v3gpp, "SIP-Number-Auth-Items", Type::u32, true},
    {608, v3gpp, "SIP-Authentication-Scheme", Type::octets, true},
    {609, v3gpp, "SIP-Authenticate", Type::octets, true},
    {610, v3gpp, "SIP-Authorization", Type::octets, true},
    {611, v3gpp, "SIP-Authentication-Context", Type::octets, true},
    {612, v3gpp, "SIP-Auth-Data-Item", Type::grouped, true},
    {613, v3gpp, "SIP-Item-Number", Type::u32, true},
    {614, v3gpp, "Server-Assignment-Type", Type::i32, true},
    {615, v3gpp, "Deregistration-Reason", Type::grouped, true},
    {616, v3gpp, "Reason-Code", Type::i32, true},
    {617, v3gpp, "Reason-Info", Type::octets, true},
    {618, v3gpp, "Charging-Information", Type::grouped, true},
    {619, v3gpp, "Primary-Event-Charging-Function-Name", Type::octets, true},
    {620, v3gpp, "Secondary-Event-Charging-Function-Name", Type::octets, true},
    {621, v3gpp, "Primary-Charging-Collection-Function-Name", Type::octets, true},
    {622, v3gpp, "Secondary-Charging-Collection-Function-Name", Type::octets, true},
    {623, v3gpp, "User-Authorization-Type", Type::i32, true},
    {624, v3gpp, "User-Data-Already-Available", Type::i32, true},
    {625, v3gpp, "Confidentiality-Key", Type::octets, true},
    {626, v3gpp, "Integrity-Key", Type::octets, true},
    {627, v3gpp, "User-Data-Request-Type", Type::i32, false},
    {628, v3gpp, "Supported-Features", Type::grouped, false},
    {629, v3gpp, "Feature-List-ID", Type::u32, false},
    {630, v3gpp, "Feature-List", Type::u32, false},
    {631, v3gpp, "Supported-Applications", Type::grouped, false},
    {632, v3gpp, "Associated-Identities", Type::grouped, false},
    {633, v3gpp, "Originating-Request", Type::i32, true},
    {634, v3gpp, "Wildcarded-Public-Identity", Type::octets, false},
    {635, v3gpp, "SIP-Digest-Authenticate", Type::grouped, false},
    {636, v3gpp, "Wildcarded-IMPU", Type::octets, false},
    {637, v3gpp, "UAR-Flags", Type::u32, false},
    {638, v3gpp, "Loose-Route-Indication", Type::i32, false},
    {639, v3gpp, "SCSCF-Restoration-Info", Type::grouped, false},
    {640, v3gpp, "Path", Type::octets, false},
    {641, v3gpp, "Contact", Type::octets, false},
    {642, v3gpp, "Subscription-Info", Type::grouped, false},
    {643, v3gpp, "Call-ID-SIP-Header", Type::octets, false},
    {644, v3gpp, "From-SIP-Header", Type::octets, false},
    {645, v3gpp, "To-SIP-Header", Type::octets, false},
    {646, v3gpp, "Record-Route", Type::octets, false},
    {647, v3gpp, "Associated-Registered-Identities", Type::grouped, false},
    {648, v3gpp, "Multiple-Registration-Indication", Type::i32, false},
    {649, v3gpp, "Restoration-Info", Type::grouped, false},
    {650, v3gpp, "Session-Priority", Type::i32, false},
    {651, v3gpp, "Identity-with-Emergency-Registration", Type::grouped, false},
    {652, v3gpp, "Priviledged-Sender-Indication", Type::i32, false},
    {653, v3gpp, "LIA-Flags", Type::u32, false},
    {654, v3gpp, "Initial-CSeq-Sequence-Number", Type::u32, false},
    {655, v3gpp, "SAR-Flags", Type::u32, false},
    {656, v3gpp, "Allowed-WAF-WWSF-Identities", Type::grouped, false},
    {657, v3gpp, "WebRTC-Authentication-Function-Name", Type::octets, false},
    {658, v3gpp, "WebRTC-Web-Server-Function-Name", Type::octets, false},
    {659, v3gpp, "RTR-Flags", Type::u32, false},
    {660, v3gpp, "P-CSCF-Subscription-Info", Type::grouped, false},
    {661, v3gpp, "Registration-Time-Out", Type::octets, false},
    {662, v3gpp, "Alternate-Digest-Algorithm", Type::octets, false},
    {663, v3gpp, "Alternate-Digest-HA1", Type::octets, false},
    {664, v3gpp, "Failed-PCSCF", Type::grouped, false},
    {665, v3gpp, "PCSCF-FQDN", Type::octets, false},
    {666, v3gpp, "PCSCF-IP-Address", Type::octets, false},
    {1263, v3gpp, "Access-Network-Information", Type::octets, true},
});

// table: every request
constexpr auto request_common = std::to_array<RuleRow>({
    {263, 0, Presence::first, 1},
    {260, 0, Presence::required, 1},
    {277, 0, Presence::required, 1},
    {264, 0, Presence::required, 1},
    {296, 0, Presence::required, 1},
    {283, 0, Presence::required, 1},
    {293, 0, Presence::optional, 1},
    {301, 0, Presence::optional, 1},
    {621, 0, Presence::optional, 1},
    {284, 0, Presence::optional, 0},
    {282, 0, Presence::optional, 0},
});

// table: every answer
constexpr auto answer_common = std::to_array<RuleRow>({
    {263, 0, Presence::first, 1},
    {260, 0, Presence::required, 1},
    {277, 0, Presence::required, 1},
    {264, 0, Presence::required, 1},
    {296, 0, Presence::required, 1},
    {268, 0, Presence::optional, 1},
    {297, 0, Presence::optional, 1},
    {301, 0, Presence::optional, 1},
    {279, 0, Presence::optional, 0},
    {284, 0, Presence::optional, 0},
    {282, 0, Presence::optional, 0},
});

// table: TS 29.229 6.1, UAR
constexpr auto uar = std::to_array<RuleRow>({
    {1, 0, Presence::required, 1},
    {628, v3gpp, Presence::optional, 0},
    {601, v3gpp, Presence::required, 1},
    {600, v3gpp, Presence::required, 1},
    {623, v3gpp, Presence::optional, 1},
    {637, v3gpp, Presence::optional, 1},
});

// table: TS 29.229 6.1, UAA
constexpr auto uaa = std::to_array<RuleRow>({
    {628, v3gpp, Presence::optional, 0},
    {602, v3gpp, Presence::optional, 1},
    {603, v3gpp, Presence::optional, 1},
});

// table: TS 29.229 6.1, SAR
constexpr auto sar = std::to_array<RuleRow>({
    {1, 0, Presence::optional, 1},
    {628, v3gpp, Presence::optional, 0},
    {601, v3gpp, Presence::optional, 0},
    {634, v3gpp, Presence::optional, 1},
    {602, v3gpp, Presence::required, 1},
    {614, v3gpp, Presence::required, 1},
    {624, v3gpp, Presence::required, 1},
    {639, v3gpp, Presence::optional, 1},
    {648, v3gpp, Presence::optional, 1},
    {650, v3gpp, Presence::optional, 1},
    {655, v3gpp, Presence::optional, 1},
    {664, v3gpp, Presence::optional, 1},
});

// table: TS 29.229 6.1, SAA
constexpr auto saa = std::to_array<RuleRow>({
    {1, 0, Presence::optional, 1},
    {628, v3gpp, Presence::optional, 0},
    {606, v3gpp, Presence::optional, 1},
    {618, v3gpp, Presence::optional, 1},
    {632, v3gpp, Presence::optional, 1},
    {638, v3gpp, Presence::optional, 1},
    {639, v3gpp, Presence::optional, 0},
    {647, v3gpp, Presence::optional, 1},
    {602, v3gpp, Presence::optional, 1},
    {634, v3gpp, Presence::optional, 1},
    {652, v3gpp, Presence::optional, 1},
    {656, v3gpp, Presence::optional, 1},
});

// table: TS 29.229 6.1, LIR
constexpr auto lir = std::to_array<RuleRow>({
    {633, v3gpp, Presence::optional, 1},
    {628, v3gpp, Presence::optional, 0},
    {601, v3gpp, Presence::required, 1},
    {623, v3gpp, Presence::optional, 1},
    {650, v3gpp, Presence::optional, 1},
});

// table: TS 29.229 6.1, LIA
constexpr auto lia = std::to_array<RuleRow>({
    {628, v3gpp, Presence::optional, 0},
    {602, v3gpp, Presence::optional, 1},
    {603, v3gpp, Presence::optional, 1},
    {634, v3gpp, Presence::optional, 1},
    {653, v3gpp, Presence::optional, 1},
});

// table: TS 29.229 6.1, MAR
constexpr auto mar = std::to_array<RuleRow>({
    {1, 0, Presence::required, 1},
    {628, v3gpp, Presence::optional, 0},
    {601, v3gpp, Presence::required, 1},
    {612, v3gpp, Presence::required, 1},
    {607, v3gpp, Presence::required, 1},
    {602, v3gpp, Presence::required, 1},
});

// table: TS 29.229 6.1, MAA
constexpr auto maa = std::to_array<RuleRow>({
    {1, 0, Presence::optional, 1},
    {628, v3gpp, Presence::optional, 0},
    {601, v3gpp, Presence::optional, 1},
    {607, v3gpp, Presence::optional, 1},
    {612, v3gpp, Presence::optional, 0},
});

// table: TS 29.229 6.1, RTR
constexpr auto rtr = std::to_array<RuleRow>({
    {1, 0, Presence::required, 1},
    {632, v3gpp, Presence::optional, 1},
    {628, v3gpp, Presence::optional, 0},
    {601, v3gpp, Presence::optional, 0},
    {615, v3gpp, Presence::required, 1},
    {659, v3gpp, Presence::optional, 1},
});

// table: TS 29.229 6.1, RTA
constexpr auto rta = std::to_array<RuleRow>({
    {632, v3gpp, Presence::optional, 1},
    {628, v3gpp, Presence::optional, 0},
    {651, v3gpp, Presence::optional, 0},
});

// table: TS 29.229 6.1, PPR
constexpr auto ppr = std::to_array<RuleRow>({
    {1, 0, Presence::required, 1},
    {628, v3gpp, Presence::optional, 0},
    {606, v3gpp, Presence::optional, 1},
    {618, v3gpp, Presence::optional, 1},
    {612, v3gpp, Presence::optional, 1},
    {656, v3gpp, Presence::optional, 1},
});

// table: TS 29.229 6.1, PPA
constexpr auto ppa = std::to_array<RuleRow>({
    {628, v3gpp, Presence::optional, 0},
});

// table: TS 29.229 6.3, AVP 603
constexpr auto server_capabilities = std::to_array<RuleRow>({
    {604, v3gpp, Presence::optional, 0},
    {605, v3gpp, Presence::optional, 0},
    {602, v3gpp, Presence::optional, 0},
});

// table: TS 29.229 6.3, AVP 612
constexpr auto sip_auth_data_item = std::to_array<RuleRow>({
    {613, v3gpp, Presence::optional, 1},
    {608, v3gpp, Presence::optional, 1},
    {609, v3gpp, Presence::optional, 1},
    {610, v3gpp, Presence::optional, 1},
    {611, v3gpp, Presence::optional, 1},
    {625, v3gpp, Presence::optional, 1},
    {626, v3gpp, Presence::optional, 1},
    {635, v3gpp, Presence::optional, 1},
    {8, 0, Presence::optional, 1},
    {97, 0, Presence::optional, 1},
    {96, 0, Presence::optional, 1},
    {500, etsi, Presence::optional, 0},
});

// table: TS 29.229 6.3, AVP 615
constexpr auto deregistration_reason = std::to_array<RuleRow>({
    {616, v3gpp, Presence::required, 1},
    {617, v3gpp, Presence::optional, 1},
});

// table: TS 29.229 6.3, AVP 618
constexpr auto charging_information = std::to_array<RuleRow>({
    {619, v3gpp, Presence::optional, 1},
    {620, v3gpp, Presence::optional, 1},
    {621, v3gpp, Presence::optional, 1},
    {622, v3gpp, Presence::optional, 1},
});

// table: TS 29.229 6.3, AVP 628
constexpr auto supported_features = std::to_array<RuleRow>({
    {266, 0, Presence::required, 1},
    {629, v3gpp, Presence::required, 1},
    {630, v3gpp, Presence::required, 1},
});

// table: TS 29.229 6.3, AVP 632
constexpr auto associated_identities = std::to_array<RuleRow>({
    {1, 0, Presence::optional, 0},
});

// table: TS 29.229 6.3, AVP 635
constexpr auto sip_digest_authenticate = std::to_array<RuleRow>({
    {104, 0, Presence::required, 1},
    {111, 0, Presence::optional, 1},
    {110, 0, Presence::required, 1},
    {121, 0, Presence::required, 1},
    {662, v3gpp, Presence::optional, 1},
    {663, v3gpp, Presence::optional, 1},
});

// table: TS 29.229 6.3, AVP 639
constexpr auto scscf_restoration_info = std::to_array<RuleRow>({
    {1, 0, Presence::required, 1},
    {649, v3gpp, Presence::required, 0},
    {661, v3gpp, Presence::optional, 1},
    {608, v3gpp, Presence::optional, 1},
});

// table: TS 29.229 6.3, AVP 642
constexpr auto subscription_info = std::to_array<RuleRow>({
    {643, v3gpp, Presence::required, 1},
    {644, v3gpp, Presence::required, 1},
    {645, v3gpp, Presence::required, 1},
    {646, v3gpp, Presence::required, 1},
    {641, v3gpp, Presence::required, 1},
});

// table: TS 29.229 6.3, AVP 647
constexpr auto associated_registered_identities = std::to_array<RuleRow>({
    {1, 0, Presence::optional, 0},
});

// table: TS 29.229 6.3, AVP 649
constexpr auto restoration_info = std::to_array<RuleRow>({
    {640, v3gpp, Presence::required, 1},
    {641, v3gpp, Presence::required, 1},
    {654, v3gpp, Presence::optional, 1},
    {643, v3gpp, Presence::optional, 1},
    {642, v3gpp, Presence::optional, 1},
    {660, v3gpp, Presence::optional, 1},
});

// table: TS 29.229 6.3, AVP 651
constexpr auto identity_with_emergency_registration = std::to_array<RuleRow>({
    {1, 0, Presence::required, 1},
    {601, v3gpp, Presence::required, 1},
});

// table: TS 29.229 6.3, AVP 656
constexpr auto allowed_waf_wwsf_identities = std::to_array<RuleRow>({
    {657, v3gpp, Presence::optional, 0},
    {658, v3gpp, Presence::optional, 0},
});

// table: TS 29.229 6.3, AVP 660
constexpr auto p_cscf_subscription_info = std::to_array<RuleRow>({
    {643, v3gpp, Presence::required, 1},
    {644, v3gpp, Presence::required, 1},
    {645, v3gpp, Presence::required, 1},
    {641, v3gpp, Presence::required, 1},
});

// table: TS 29.229 6.3, AVP 664
constexpr auto failed_pcscf = std::to_array<RuleRow>({
    {665, v3gpp, Presence::optional, 1},
    {666, v3gpp, Presence::optional, 0},
});

// table: TS 29.229 6.1
constexpr auto commands = std::to_array<CommandRow>({
    {300, "User-Authorization-Request", "User-Authorization-Answer", uar, uaa},
    {301, "Server-Assignment-Request", "Server-Assignment-Answer", sar, saa},
    {302, "Location-Info-Request", "Location-Info-Answer", lir, lia},
    {303, "Multimedia-Auth-Request", "Multimedia-Auth-Answer", mar, maa},
    {304, "Registration-Termination-Request", "Registration-Termination-Answer", rtr, rta},
    {305, "Push-Profile-Request", "Push-Profile-Answer", ppr, ppa},
});

// table: grouped AVPs with a grammar of their own
constexpr auto groups = std::to_array<GroupRow>({
    {603, v3gpp, server_capabilities},
    {612, v3gpp, sip_auth_data_item},
    {615, v3gpp, deregistration_reason},
    {618, v3gpp, charging_information},
    {628, v3gpp, supported_features},
    {632, v3gpp, associated_identities},
    {635, v3gpp, sip_digest_authenticate},
    {639, v3gpp, scscf_restoration_info},
    {642, v3gpp, subscription_info},
    {647, v3gpp, associated_registered_identities},
    {649, v3gpp, restoration_info},
    {651, v3gpp, identity_with_emergency_registration},
    {656, v3gpp, allowed_waf_wwsf_identities},
    {660, v3gpp, p_cscf_subscription_info},
    {664, v3gpp, failed_pcscf},
});

}  // namespace

std::span<const AvpRow> avp_rows() { return avps; }
std::span<const CommandRow> command_rows() { return commands; }
std::span<const GroupRow> group_rows() { return groups; }
std::span<const RuleRow> common_request_rules() { return request_common; }
std::span<const RuleRow> common_answer_rules() { return answer_common; }

}  // namespace diameter_ext
