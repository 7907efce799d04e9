// SPDX-License-Identifier: Apache-2.0
// Limits of received AVPs, and what breaks one.
#include "diameter_ext/dictionary/limits.h"

#include "hss/text_forms.h"

#include <algorithm>
#include <array>

namespace diameter_ext {
namespace {

// One row an AVP. table: RFC 6733, TS 29.229 6.3; docs/texts.md says where each leaves again and why its limit is what
// it is.
constexpr auto limits = std::to_array<AvpLimit>({
    {avp("User-Name"), 255, any_number, hss::is_plain_text},
    {avp("Proxy-State"), 1024, any_number, nullptr},
    {avp("Session-Id"), 1024, any_number, hss::is_plain_text},
    {avp("Origin-Host"), 255, any_number, hss::is_diameter_identity},
    {avp("Proxy-Host"), 255, any_number, nullptr},
    {avp("Route-Record"), 255, 33, nullptr},  // libfdcore adds one for the peer
    {avp("Destination-Realm"), 255, any_number, nullptr},
    {avp("Proxy-Info"), 2048, 16, nullptr, 8192},
    {avp("Destination-Host"), 255, any_number, nullptr},
    {avp("Origin-Realm"), 255, any_number, hss::is_diameter_identity},
    {avp("Visited-Network-Identifier"), 255, any_number, hss::is_plain_text},
    {avp("Public-Identity"), 1024, 64, hss::is_plain_text},
    {avp("Server-Name"), 512, any_number, hss::is_server_name},
    {avp("SIP-Authentication-Scheme"), 64, any_number, hss::is_plain_text},
    {avp("SIP-Authorization"), 1024, any_number, nullptr},
    {avp("SIP-Auth-Data-Item"), 8192, any_number, nullptr},
    {avp("Supported-Features"), 1024, 16, nullptr},
    {avp("Wildcarded-Public-Identity"), 1024, any_number, hss::is_plain_text},
    {avp("SCSCF-Restoration-Info"), 16384, any_number, nullptr},
    {avp("Path"), 2048, any_number, hss::is_route},
    {avp("Contact"), 2048, any_number, hss::is_address},
    {avp("Subscription-Info"), 8192, any_number, nullptr},
    {avp("Call-ID-SIP-Header"), 255, any_number, hss::is_call_id},
    {avp("From-SIP-Header"), 1024, any_number, hss::is_address},
    {avp("To-SIP-Header"), 1024, any_number, hss::is_address},
    {avp("Record-Route"), 2048, any_number, hss::is_route},
    {avp("Restoration-Info"), 16384, 32, nullptr},
    {avp("P-CSCF-Subscription-Info"), 8192, any_number, nullptr},
});

// The row of each AVP. Two rows of one AVP do not compile.
constexpr auto places = [] {
  std::array<std::uint8_t, avp_count> out{};
  out.fill(limits.size());
  for (std::size_t i = 0; i < limits.size(); ++i) {
    std::uint8_t& place = out.at(index_of(limits.at(i).which));
    place = place == limits.size() ? static_cast<std::uint8_t>(i) : throw limits.at(i).which;
  }
  return out;
}();

std::size_t place_of(const ReceivedAvp& avp) noexcept {
  return avp.which == unknown_avp ? limits.size() : places[index_of(avp.which)];
}

std::size_t data_octets(const ReceivedAvp& group) {
  constexpr std::size_t plain_header = 8;
  constexpr std::size_t vendor_header = 12;
  const std::size_t head = (group.header->avp_flags & AVP_FLAG_VENDOR) != 0 ? vendor_header : plain_header;
  return std::max<std::size_t>(group.header->avp_len, head) - head;
}

bool is_within(const AvpLimit& limit, const ReceivedAvp& avp) {
  if (avp.is_group()) {
    return data_octets(avp) <= limit.octets;
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
    if (avp.is_group()) {
      if ((together[place] += data_octets(avp)) > limits[place].together) {
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
