// SPDX-License-Identifier: Apache-2.0
// Forms of texts that come in and leave again, character by character.
#include "hss/text_forms.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdint>

namespace hss {
namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_alphanumeric(char c) noexcept { return is_letter(c) || is_digit(c); }
constexpr bool is_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
constexpr bool is_visible(char c) noexcept { return c > ' ' && c < '\x7f'; }
constexpr bool is_one_of(char c, std::string_view set) noexcept { return set.find(c) != std::string_view::npos; }

// Letters, digits, `marks` and whole escapes.
bool is_made_of(std::string_view text, std::string_view marks) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escape = text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2]);
    if (!is_escape && !is_alphanumeric(text[i]) && !is_one_of(text[i], marks)) {
      return false;
    }
    i += is_escape ? 2 : 0;
  }
  return true;
}

bool is_label(std::string_view label, std::string_view marks) noexcept {
  return !label.empty() && label.size() < 64 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [&](char c) { return is_alphanumeric(c) || is_one_of(c, marks); });
}

// A name may end with the dot of the root.
bool is_domain_name(std::string_view name, std::string_view marks) noexcept {
  constexpr std::size_t longest = 255;
  if (name.size() > longest) {
    return false;
  }
  if (name.size() > 1 && name.back() == '.') {
    name.remove_suffix(1);
  }
  while (true) {
    const auto dot = name.find('.');
    if (!is_label(name.substr(0, dot), marks)) {
      return false;
    }
    if (dot == std::string_view::npos) {
      return true;
    }
    name.remove_prefix(dot + 1);
  }
}

bool is_host(std::string_view host) noexcept {
  if (host.starts_with('[')) {
    return host.size() > 4 && host.ends_with(']') &&
           std::ranges::all_of(host.substr(1, host.size() - 2), [](char c) { return is_hex(c) || is_one_of(c, ":."); });
  }
  return is_domain_name(host, "-");
}

bool is_port(std::string_view port) noexcept {
  if (port.empty() || port.size() > 5 || !std::ranges::all_of(port, is_digit)) {
    return false;
  }
  std::uint32_t number = 0;
  for (const char c : port) {
    number = number * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return number <= 65535;
}

bool is_user(std::string_view user) noexcept {
  const auto colon = user.find(':');
  return colon != 0 && !user.empty() && is_made_of(user.substr(0, colon), "-_.!~*'()&=+$,;?/") &&
         (colon == std::string_view::npos || is_made_of(user.substr(colon + 1), "-_.!~*'()&=+$,"));
}

// host [":" port] [";" parameters] ["?" headers]
bool is_host_and_more(std::string_view rest) noexcept {
  const auto bracket = rest.starts_with('[') ? rest.find(']') : 0;
  if (bracket == std::string_view::npos) {
    return false;
  }
  const auto end = std::min(rest.find_first_of(":;?", bracket), rest.size());
  if (!is_host(rest.substr(0, end))) {
    return false;
  }
  rest.remove_prefix(end);
  if (rest.starts_with(':')) {
    const auto port_end = std::min(rest.find_first_of(";?"), rest.size());
    if (!is_port(rest.substr(1, port_end - 1))) {
      return false;
    }
    rest.remove_prefix(port_end);
  }
  return is_made_of(rest, "-_.!~*'()[]/:&+$=;?");
}

std::string_view without_scheme(std::string_view uri) noexcept {
  const auto colon = uri.find(':');
  return colon == std::string_view::npos ? std::string_view{} : uri.substr(colon + 1);
}

bool has_sip_scheme(std::string_view uri) noexcept {
  const auto scheme = uri.substr(0, uri.find(':'));
  const auto is = [&](std::string_view name) {
    return std::ranges::equal(scheme, name, {}, [](char c) { return is_letter(c) ? static_cast<char>(c | ' ') : c; });
  };
  return is("sip") || is("sips");
}

bool is_uri(std::string_view text) noexcept {
  if (has_sip_scheme(text)) {
    return is_sip_uri(text);
  }
  const auto colon = text.find(':');
  return colon != std::string_view::npos && colon > 0 && colon + 1 < text.size() && is_letter(text.front()) &&
         std::ranges::all_of(text.substr(0, colon), [](char c) { return is_alphanumeric(c) || is_one_of(c, "+-."); }) &&
         std::ranges::all_of(text, [](char c) { return is_visible(c) && !is_one_of(c, "<>\""); });
}

// Where a quoted string that begins here ends, or npos.
std::size_t end_of_quoted(std::string_view text) noexcept {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i;
    }
  }
  return std::string_view::npos;
}

// What stands between "<" and ">"; quoted display names may hold either. Null data: there is none.
std::string_view between_brackets(std::string_view text) noexcept {
  std::size_t begin = 0;
  while (begin < text.size() && text[begin] != '<') {
    if (text[begin] == '"') {
      const auto length = end_of_quoted(text.substr(begin));
      if (length == std::string_view::npos) {
        return {};
      }
      begin += length;
    }
    ++begin;
  }
  const auto end = text.find('>', begin);
  return end == std::string_view::npos ? std::string_view{} : text.substr(begin + 1, end - begin - 1);
}

// Length of the UTF-8 sequence that starts with this octet; 0: none does.
std::size_t sequence_length(unsigned char lead) noexcept {
  if (lead < 0x80) {
    return lead == 0 ? 0 : 1;
  }
  if (lead >= 0xC2 && lead <= 0xDF) {
    return 2;
  }
  if (lead >= 0xE0 && lead <= 0xEF) {
    return 3;
  }
  return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

// Second octets that would make an overlong form, a surrogate or a number beyond U+10FFFF.
bool is_bad_second(unsigned char lead, unsigned char second) noexcept {
  return (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) ||
         (lead == 0xF4 && second > 0x8F);
}

// Of clean UTF-8: C0 and DEL are single octets, C1 is U+0080 to U+009F.
bool has_control(std::string_view text, std::string_view but) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octet = static_cast<unsigned char>(text[i]);
    const bool is_c1 = octet == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if ((octet < 0x20 || octet == 0x7F || is_c1) && !is_one_of(text[i], but)) {
      return true;
    }
  }
  return false;
}

// Of whole escapes: %00 to %1F, %7F.
bool has_escaped_control(std::string_view text) noexcept {
  for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 3)) {
    if (text[at + 1] < '2' || (text[at + 1] == '7' && (text[at + 2] | ' ') == 'f')) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool is_sip_uri(std::string_view text) noexcept {
  if (!has_sip_scheme(text)) {
    return false;
  }
  const auto rest = without_scheme(text);
  const auto at = rest.find('@');
  return at == std::string_view::npos ? is_host_and_more(rest)
                                      : is_user(rest.substr(0, at)) && is_host_and_more(rest.substr(at + 1));
}

bool is_server_name(std::string_view text) noexcept {
  const auto at = text.find('@');
  return is_sip_uri(text) && text.find('?', at == std::string_view::npos ? 0 : at) == std::string_view::npos &&
         !has_escaped_control(text);
}

bool is_diameter_identity(std::string_view text) noexcept { return is_domain_name(text, "-_"); }

bool is_header_text(std::string_view text) noexcept {
  return !text.empty() && is_clean_utf8(text) && !has_control(text, "\t");
}

bool is_call_id(std::string_view text) noexcept { return !text.empty() && std::ranges::all_of(text, is_visible); }

bool is_address(std::string_view text) noexcept {
  if (!is_header_text(text)) {
    return false;
  }
  const auto uri = between_brackets(text);
  return is_uri(uri.data() == nullptr ? text.substr(0, text.find(';')) : uri);
}

bool is_route(std::string_view text) noexcept {
  if (!is_header_text(text)) {
    return false;
  }
  while (true) {
    const auto uri = between_brackets(text);
    if (!is_sip_uri(uri)) {
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(uri.data() + uri.size() - text.data()));
    const auto comma = text.find(',');
    if (comma == std::string_view::npos) {
      return true;
    }
    text.remove_prefix(comma + 1);
  }
}

bool is_clean_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = sequence_length(lead);
    if (length == 0 || i + length > text.size()) {
      return false;
    }
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0U) != 0x80 || (k == 1 && is_bad_second(lead, next))) {
        return false;
      }
    }
    i += length;
  }
  return true;
}

bool is_plain_text(std::string_view text) noexcept {
  return !text.empty() && is_clean_utf8(text) && !has_control(text, {});
}

std::string log_text(std::string_view text, std::size_t most) {
  std::string out;
  out.reserve(std::min(text.size(), most));
  for (const char c : text) {
    if (out.size() >= most) {
      return fmt::format("{}...({} octets)", out, text.size());
    }
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    if (is_visible(c) || c == ' ') {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace hss
