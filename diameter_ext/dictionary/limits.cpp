// SPDX-License-Identifier: Apache-2.0
// Limits of received AVPs, and what breaks one.
#include "diameter_ext/dictionary/limits.h"

#include "hss/text_forms.h"

#include <algorithm>
#include <array>

namespace diameter_ext {
namespace {

constexpr std::uint32_t base = 0;
constexpr std::uint32_t v3gpp = 10415;

// One row an AVP. table: RFC 6733, TS 29.229 6.3; docs/texts.md says where each leaves again and why its limit is what
// it is.
constexpr auto limits = std::to_array<AvpLimit>({
    {1, base, 255, any_number, false, hss::is_plain_text},           // User-Name
    {33, base, 1024, any_number, false, nullptr},                    // Proxy-State
    {263, base, 1024, any_number, false, hss::is_plain_text},        // Session-Id
    {264, base, 255, any_number, false, hss::is_diameter_identity},  // Origin-Host
    {280, base, 255, any_number, false, nullptr},                    // Proxy-Host
    {282, base, 255, 33, false, nullptr},                            // Route-Record; libfdcore adds one for the peer
    {283, base, 255, any_number, false, nullptr},                    // Destination-Realm
    {284, base, 2048, 16, true, nullptr, 8192},                      // Proxy-Info
    {293, base, 255, any_number, false, nullptr},                    // Destination-Host
    {296, base, 255, any_number, false, hss::is_diameter_identity},  // Origin-Realm
    {600, v3gpp, 255, any_number, false, hss::is_plain_text},        // Visited-Network-Identifier
    {601, v3gpp, 1024, 64, false, hss::is_plain_text},               // Public-Identity
    {602, v3gpp, 512, any_number, false, hss::is_server_name},       // Server-Name
    {608, v3gpp, 64, any_number, false, hss::is_plain_text},         // SIP-Authentication-Scheme
    {610, v3gpp, 1024, any_number, false, nullptr},                  // SIP-Authorization
    {612, v3gpp, 8192, any_number, true, nullptr},                   // SIP-Auth-Data-Item
    {628, v3gpp, 1024, 16, true, nullptr},                           // Supported-Features
    {634, v3gpp, 1024, any_number, false, hss::is_plain_text},       // Wildcarded-Public-Identity
    {639, v3gpp, 16384, any_number, true, nullptr},                  // SCSCF-Restoration-Info
    {640, v3gpp, 2048, any_number, false, hss::is_route},            // Path
    {641, v3gpp, 2048, any_number, false, hss::is_address},          // Contact
    {642, v3gpp, 8192, any_number, true, nullptr},                   // Subscription-Info
    {643, v3gpp, 255, any_number, false, hss::is_call_id},           // Call-ID-SIP-Header
    {644, v3gpp, 1024, any_number, false, hss::is_address},          // From-SIP-Header
    {645, v3gpp, 1024, any_number, false, hss::is_address},          // To-SIP-Header
    {646, v3gpp, 2048, any_number, false, hss::is_route},            // Record-Route
    {649, v3gpp, 16384, 32, true, nullptr},                          // Restoration-Info
    {660, v3gpp, 8192, any_number, true, nullptr},                   // P-CSCF-Subscription-Info
});

// The row of each code. A code that stood there for two vendors would not compile.
constexpr auto places = [] {
  std::array<std::uint8_t, 1024> out{};
  out.fill(limits.size());
  for (std::size_t i = 0; i < limits.size(); ++i) {
    std::uint8_t& place = out.at(limits[i].code);
    place = place == limits.size() ? static_cast<std::uint8_t>(i) : throw limits[i].code;
  }
  return out;
}();

std::size_t place_of(const ReceivedAvp& avp) noexcept {
  const std::size_t place = avp.code < places.size() ? places[avp.code] : limits.size();
  return place < limits.size() && limits[place].vendor == avp.vendor ? place : limits.size();
}

std::size_t data_octets(avp* group) {
  constexpr std::size_t plain_header = 8;
  constexpr std::size_t vendor_header = 12;
  avp_hdr* header = nullptr;
  check(fd_msg_avp_hdr(group, &header), "fd_msg_avp_hdr");
  const std::size_t head = (header->avp_flags & AVP_FLAG_VENDOR) != 0 ? vendor_header : plain_header;
  return std::max<std::size_t>(header->avp_len, head) - head;
}

bool is_within(const AvpLimit& limit, const ReceivedAvp& avp) {
  if (limit.is_group) {
    return data_octets(avp.handle) <= limit.octets;
  }
  const auto octets = avp.octets();
  if (!octets) {  // a number, or not understood
    return true;
  }
  const std::string_view text(reinterpret_cast<const char*>(octets->data()), octets->size());
  return text.size() <= limit.octets && (limit.has_form == nullptr || limit.has_form(text));
}

}  // namespace

std::span<const AvpLimit> avp_limits() noexcept { return limits; }

const AvpLimit* limit_of(const ReceivedAvp& avp) noexcept {
  const auto place = place_of(avp);
  return place < limits.size() ? &limits[place] : nullptr;
}

std::optional<Breach> breach_of(const ReceivedAvp& avp) {
  const AvpLimit* limit = limit_of(avp);
  return limit == nullptr || is_within(*limit, avp) ? std::nullopt : std::optional(Breach::form_or_length);
}

std::optional<FoundBreach> breach_among(std::span<const ReceivedAvp> avps) {
  std::array<std::size_t, limits.size()> times{};
  std::array<std::size_t, limits.size()> together{};
  for (const ReceivedAvp& avp : avps) {
    const auto place = place_of(avp);
    if (place == limits.size()) {
      continue;
    }
    if (++times[place] > limits[place].times) {
      return FoundBreach{Breach::times, avp.handle};
    }
    if (!is_within(limits[place], avp)) {
      return FoundBreach{Breach::form_or_length, avp.handle};
    }
    if (limits[place].is_group) {
      if ((together[place] += data_octets(avp.handle)) > limits[place].together) {
        return FoundBreach{Breach::form_or_length, avp.handle};
      }
      if (auto inside = breach_among(children_of(avp.handle))) {
        return inside;
      }
    }
  }
  return std::nullopt;
}

}  // namespace diameter_ext
