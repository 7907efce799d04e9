// Canonical forms of identities and the comparison of S-CSCF names.
#include "hss/identity.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace hss {
namespace {

char lower(char c) noexcept { return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}

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

// RFC 3261 25.1: unreserved and user-unreserved characters mean the same escaped or not.
bool needs_no_escape(unsigned char c) noexcept {
  constexpr std::string_view marks = "-_.!~*'()&=+$,;?/";
  return std::isalnum(c) != 0 || marks.find(static_cast<char>(c)) != std::string_view::npos;
}

std::string unescape(std::string_view user) {
  std::string out;
  out.reserve(user.size());
  for (std::size_t i = 0; i < user.size(); ++i) {
    const auto high = user[i] == '%' && i + 2 < user.size() ? hex_digit(user[i + 1]) : std::nullopt;
    const auto low = high ? hex_digit(user[i + 2]) : std::nullopt;
    if (!low) {
      out.push_back(user[i]);
      continue;
    }
    const auto octet = static_cast<unsigned char>(*high * 16U + *low);
    if (needs_no_escape(octet)) {
      out.push_back(static_cast<char>(octet));
    } else {
      out.append({'%', static_cast<char>(std::toupper(static_cast<unsigned char>(user[i + 1]))),
                  static_cast<char>(std::toupper(static_cast<unsigned char>(user[i + 2])))});
    }
    i += 2;
  }
  return out;
}

// host of "host[:port][;parameters][?headers]"; an IPv6 literal keeps its brackets.
std::string_view host_of(std::string_view rest) noexcept {
  if (!rest.empty() && rest.front() == '[') {
    const auto end = rest.find(']');
    return end == std::string_view::npos ? rest : rest.substr(0, end + 1);
  }
  return rest.substr(0, rest.find_first_of(":;?>"));
}

std::string canonical_sip(std::string_view scheme, std::string_view rest) {
  const auto at = rest.find('@');
  std::string out(scheme);
  if (at == std::string_view::npos) {
    return out + lower(host_of(rest));
  }
  const std::string_view user = rest.substr(0, at);
  return out + unescape(user.substr(0, user.find(':'))) + "@" + lower(host_of(rest.substr(at + 1)));
}

std::string canonical_tel(std::string_view rest) {
  std::string out = "tel:";
  for (const char c : rest.substr(0, rest.find(';'))) {
    if (std::string_view("-.() ").find(c) == std::string_view::npos) {
      out.push_back(lower(c));
    }
  }
  return out;
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

std::string canonical_network(std::string_view visited_network) {
  if (visited_network.size() >= 2 && visited_network.front() == '"' && visited_network.back() == '"') {
    visited_network = visited_network.substr(1, visited_network.size() - 2);
  }
  return lower(visited_network);
}

bool same_server(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) {
    return false;
  }
  // The user part, if any, lies between the scheme's colon and '@' and keeps its case.
  const auto at = a.find('@');
  const auto colon = a.find(':');
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool user = at != std::string_view::npos && colon < i && i < at;
    if (user ? a[i] != b[i] : lower(a[i]) != lower(b[i])) {
      return false;
    }
  }
  return true;
}

}  // namespace hss
