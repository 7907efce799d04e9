// SPDX-License-Identifier: Apache-2.0
// THE table of AVPs: no code and no vendor of an AVP stands anywhere else. lint: table of RFC 6733, TS 29.229 6.3 and
// others
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace diameter_ext {

namespace vendor {
inline constexpr std::uint32_t base = 0;  // the base protocol and other IETF AVPs
inline constexpr std::uint32_t v3gpp = 10415;
inline constexpr std::uint32_t etsi = 13019;
}  // namespace vendor

// How the octets are to be read (RFC 6733 4.2); derived types count as what they are made of.
enum class Type : std::uint8_t { octets, grouped, u32, u64, i32 };

struct AvpRow {
  std::uint32_t code;
  std::uint32_t vendor;
  std::string_view name;  // of a literal: ends with a NUL
  Type type;
  bool mandatory;  // the M bit that a sender sets; either is accepted
};

namespace table {
using vendor::base;
using vendor::etsi;
using vendor::v3gpp;

// RFC 6733 4.5 and what Cx borrows of other IETF documents; ETSI's; TS 29.109 6.3, TS 29.229 6.3. And what real CSCFs
// send with the M bit although Cx does not have it: digest AVPs of ETSI TS 183 033 (Kamailio),
// Access-Network-Information of TS 29.061 (Ericsson).
inline constexpr auto avps = std::to_array<AvpRow>({
    {1, base, "User-Name", Type::octets, true},
    {8, base, "Framed-IP-Address", Type::octets, true},
    {33, base, "Proxy-State", Type::octets, true},
    {96, base, "Framed-Interface-Id", Type::u64, true},
    {97, base, "Framed-IPv6-Prefix", Type::octets, true},
    {104, base, "Digest-Realm", Type::octets, true},
    {110, base, "Digest-QoP", Type::octets, true},
    {111, base, "Digest-Algorithm", Type::octets, true},
    {121, base, "Digest-HA1", Type::octets, true},
    {258, base, "Auth-Application-Id", Type::u32, true},
    {259, base, "Acct-Application-Id", Type::u32, true},
    {260, base, "Vendor-Specific-Application-Id", Type::grouped, true},
    {263, base, "Session-Id", Type::octets, true},
    {264, base, "Origin-Host", Type::octets, true},
    {266, base, "Vendor-Id", Type::u32, true},
    {268, base, "Result-Code", Type::u32, true},
    {277, base, "Auth-Session-State", Type::i32, true},
    {279, base, "Failed-AVP", Type::grouped, true},
    {280, base, "Proxy-Host", Type::octets, true},
    {281, base, "Error-Message", Type::octets, false},
    {282, base, "Route-Record", Type::octets, true},
    {283, base, "Destination-Realm", Type::octets, true},
    {284, base, "Proxy-Info", Type::grouped, true},
    {293, base, "Destination-Host", Type::octets, true},
    {296, base, "Origin-Realm", Type::octets, true},
    {297, base, "Experimental-Result", Type::grouped, true},
    {298, base, "Experimental-Result-Code", Type::u32, true},
    {301, base, "DRMP", Type::i32, false},
    {621, base, "OC-Supported-Features", Type::grouped, false},
    {622, base, "OC-Feature-Vector", Type::u64, false},
    {623, base, "OC-OLR", Type::grouped, false},
    {650, base, "Load", Type::grouped, false},
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
    {400, v3gpp, "GBA-UserSecSettings", Type::octets, true},
    {409, v3gpp, "GUSS-Timestamp", Type::octets, false},
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
}  // namespace table

inline constexpr std::size_t avp_count = table::avps.size();

// An AVP of the table by its place there.
enum class Avp : std::uint8_t {};
inline constexpr Avp unknown_avp{0xff};
static_assert(avp_count < static_cast<std::size_t>(unknown_avp));

[[noreturn]] void no_avp_has_this_name();  // is nowhere: to call it is not constant

// By its name; a name without a row does not compile.
consteval Avp avp(std::string_view name) {
  for (std::size_t i = 0; i < avp_count; ++i) {
    if (table::avps.at(i).name == name) {
      return static_cast<Avp>(i);
    }
  }
  no_avp_has_this_name();
}

constexpr std::size_t index_of(Avp which) noexcept { return static_cast<std::size_t>(which); }
// `which` must not be unknown_avp.
constexpr const AvpRow& row_of(Avp which) noexcept { return table::avps[index_of(which)]; }

// What a received AVP is; unknown_avp where the table has no row for it. Any thread; takes some nanoseconds.
[[nodiscard]] Avp find_avp(std::uint32_t code, std::uint32_t vendor) noexcept;

}  // namespace diameter_ext
