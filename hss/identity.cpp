// SPDX-License-Identifier: Apache-2.0
// Canonical forms of identities.
#include "hss/identity.h"

#include <algorithm>
#include <optional>

namespace hss {
namespace {

char lower(char c) noexcept { return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool starts_with_no_case(std::string_view text, std::string_view lower_prefix) noexcept {
  return text.size() >= lower_prefix.size() && std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(),
                                                          [](char p, char c) { return p == lower(c); });
}

std::optional<unsigned> hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') {
    return static_cast<unsigned>(c - '0');
  }
  const char l = lower(c);
  if (l >= 'a' && l <= 'f') {
    return static_cast<unsigned>(l - 'a' + 10);
  }
  return std::nullopt;
}

// RFC 3261 25.1: unreserved and user-unreserved characters mean the same escaped or not. No other may stand unescaped.
bool needs_no_escape(unsigned char c) noexcept {
  constexpr std::string_view marks = "-_.!~*'()&=+$,;?/";
  return (c >= '0' && c <= '9') || (lower(static_cast<char>(c)) >= 'a' && lower(static_cast<char>(c)) <= 'z') ||
         marks.find(static_cast<char>(c)) != std::string_view::npos;
}

// The octet that an escape at `i` stands for; a "%" by itself stands for itself.
std::optional<unsigned char> escaped_at(std::string_view text, std::size_t i) noexcept {
  const auto high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
  const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
  return low ? std::optional(static_cast<unsigned char>(*high * 16U + *low)) : std::nullopt;
}

// Octet by octet: as it is where it needs no escape, in upper case hexadecimal otherwise.
std::string canonical_user(std::string_view user) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(user.size());
  for (std::size_t i = 0; i < user.size(); ++i) {
    const auto escaped = escaped_at(user, i);
    const unsigned char octet = escaped.value_or(static_cast<unsigned char>(user[i]));
    i += escaped ? 2 : 0;
    if (needs_no_escape(octet)) {
      out.push_back(static_cast<char>(octet));
    } else {
      out.append({'%', digits[octet >> 4U], digits[octet & 15U]});
    }
  }
  return out;
}

// Host of "host[:port][;parameters][?headers]" in lower case; an IPv6 literal keeps its brackets, the dot of the root
// goes.
std::string canonical_host(std::string_view rest) {
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    return lower(end == std::string_view::npos ? rest : rest.substr(0, end + 1));
  }
  std::string_view host = rest.substr(0, rest.find_first_of(":;?>"));
  if (host.size() > 1 && host.ends_with('.')) {
    host.remove_suffix(1);
  }
  return lower(host);
}

// An identity with an expression between its only two "!" (TS 23.003 13.4A, 13.5), taken apart.
struct Wildcard {
  std::string_view before;
  std::string_view expression;  // with its "!"
  std::string_view behind;
};
std::optional<Wildcard> wildcard_in(std::string_view rest) noexcept {
  const auto first = rest.find('!');
  const auto second = first == std::string_view::npos ? first : rest.find('!', first + 1);
  if (second == std::string_view::npos || second == first + 1 || rest.find('!', second + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  return Wildcard{rest.substr(0, first), rest.substr(first, second + 1 - first), rest.substr(second + 1)};
}

std::string canonical_sip(std::string_view scheme, std::string_view rest) {
  std::string out(scheme);
  const auto wildcard = wildcard_in(rest);
  if (wildcard && wildcard->before.find('@') == std::string_view::npos) {
    const auto at = wildcard->behind.find('@');
    if (at != std::string_view::npos) {
      out.append(canonical_user(wildcard->before)).append(wildcard->expression);
      out.append(canonical_user(wildcard->behind.substr(0, at)));
      return out + "@" + canonical_host(wildcard->behind.substr(at + 1));
    }
  }
  const auto at = rest.find('@');
  if (at == std::string_view::npos) {
    return out + canonical_host(rest);
  }
  const std::string_view user = rest.substr(0, at);
  return out + canonical_user(user.substr(0, user.find(':'))) + "@" + canonical_host(rest.substr(at + 1));
}

std::string without_separators(std::string_view number) {
  std::string out;
  for (const char c : number) {
    if (std::string_view("-.() ").find(c) == std::string_view::npos) {
      out.push_back(lower(c));
    }
  }
  return out;
}

// Where a local number means something; without it, another one (RFC 3966 5.1.5). Its separators are part of a domain
// name, or mean nothing in the digits of a prefix.
std::string context_of(std::string_view parameters) {
  constexpr std::string_view name = ";phone-context=";
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (parameters[i] == ';' && starts_with_no_case(parameters.substr(i), name)) {
      const auto value = parameters.substr(i + name.size());
      const auto context = value.substr(0, value.find(';'));
      return std::string(name) + (context.starts_with('+') ? without_separators(context) : lower(context));
    }
  }
  return {};
}

std::string canonical_tel(std::string_view rest) {
  if (const auto wildcard = wildcard_in(rest)) {
    return "tel:" + without_separators(wildcard->before) + std::string(wildcard->expression) +
           without_separators(wildcard->behind.substr(0, wildcard->behind.find(';')));
  }
  const auto end = std::min(rest.find(';'), rest.size());
  const std::string number = without_separators(rest.substr(0, end));
  return "tel:" + number + (number.starts_with('+') ? std::string() : context_of(rest.substr(end)));
}

}  // namespace

std::string canonical_impu(std::string_view public_identity) {
  for (const std::string_view scheme : {"sip:", "sips:"}) {
    if (starts_with_no_case(public_identity, scheme)) {
      return canonical_sip(scheme, public_identity.substr(scheme.size()));
    }
  }
  if (starts_with_no_case(public_identity, "tel:")) {
    return canonical_tel(public_identity.substr(4));
  }
  return std::string(public_identity);
}

std::string canonical_impi(std::string_view private_identity) {
  const auto at = private_identity.rfind('@');
  if (at == std::string_view::npos) {
    return std::string(private_identity);
  }
  return std::string(private_identity.substr(0, at)) + lower(private_identity.substr(at));
}

std::optional<std::string> imsi_of_impi(std::string_view private_identity) {
  constexpr std::string_view form = "@ims.mnc###.mcc###.3gppnetwork.org";
  constexpr std::size_t mnc_at = 8;
  constexpr std::size_t mcc_at = 15;
  constexpr std::size_t shortest = 6;
  constexpr std::size_t longest = 15;
  const std::string_view imsi = private_identity.substr(0, private_identity.find('@'));
  const std::string_view realm = private_identity.substr(imsi.size());
  const bool has_form = std::equal(form.begin(), form.end(), realm.begin(), realm.end(),
                                   [](char f, char c) { return f == '#' ? is_digit(c) : f == c; });
  if (!has_form || imsi.size() < shortest || imsi.size() > longest ||
      !std::all_of(imsi.begin(), imsi.end(), is_digit)) {
    return std::nullopt;
  }
  const std::string_view mnc = realm.substr(mnc_at, 3);
  const std::string_view behind_mcc = imsi.substr(3);
  const bool has_mnc = behind_mcc.starts_with(mnc) || (mnc.front() == '0' && behind_mcc.starts_with(mnc.substr(1)));
  return has_mnc && imsi.starts_with(realm.substr(mcc_at, 3)) ? std::optional(std::string(imsi)) : std::nullopt;
}

std::string canonical_network(std::string_view visited_network) {
  if (visited_network.size() >= 2 && visited_network.front() == '"' && visited_network.back() == '"') {
    visited_network = visited_network.substr(1, visited_network.size() - 2);
  }
  return lower(visited_network);
}

}  // namespace hss
