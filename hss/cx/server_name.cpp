// SPDX-License-Identifier: Apache-2.0
// A SIP URI in its parts, and their comparison.
#include "hss/cx/server_name.h"

#include "hss/identity.h"

#include <algorithm>
#include <array>
#include <string>

namespace hss {
namespace {

char lower(char c) noexcept { return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_no_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

// The beginning of `text` up to one of `ends`, which is taken off it; the end itself stays.
std::string_view take_until(std::string_view& text, std::string_view ends) noexcept {
  const std::string_view taken = text.substr(0, text.find_first_of(ends));
  text.remove_prefix(taken.size());
  return taken;
}

// scheme:[user@]host[:port][;parameters][?headers]; views into the name.
struct ServerName {
  std::string_view scheme;
  std::string_view host;
  std::string_view port;        // empty when it is the default
  std::string_view parameters;  // each with its semicolon
  std::string_view headers;
};

ServerName parts_of(std::string_view name) noexcept {
  ServerName out;
  out.scheme = take_until(name, ":");
  if (const auto at = name.find('@'); at != std::string_view::npos) {
    name.remove_prefix(at);
  }
  name.remove_prefix(std::min<std::size_t>(name.size(), 1));
  if (name.starts_with('[')) {
    out.host = name.substr(0, name.find(']'));
    name.remove_prefix(out.host.size());
  }
  const std::string_view rest = take_until(name, ":;?");
  out.host = out.host.empty() ? rest : out.host;
  if (name.starts_with(':')) {
    name.remove_prefix(1);
    out.port = take_until(name, ";?");
  }
  if (out.port == (equal_no_case(out.scheme, "sips") ? "5061" : "5060")) {
    out.port = {};
  }
  out.parameters = take_until(name, "?");
  out.headers = name;
  return out;
}

// Calls `act` (name, value) for each parameter until it returns false; whether it never did.
template <typename Act>
bool each_parameter(std::string_view parameters, const Act& act) {
  while (!parameters.empty()) {
    parameters.remove_prefix(1);  // the semicolon
    std::string_view value = take_until(parameters, ";");
    const std::string_view name = take_until(value, "=");
    if (!name.empty() && !act(name, value)) {
      return false;
    }
  }
  return true;
}

// RFC 3261 19.1.4: these never match a URI without them.
bool leads_elsewhere(std::string_view parameter) noexcept {
  constexpr std::array<std::string_view, 5> names{"transport", "maddr", "user", "method", "ttl"};
  return std::ranges::any_of(names, [&](std::string_view name) { return equal_no_case(name, parameter); });
}

// Every parameter of `a` is in `b` with the same value, or may be missing there.
bool parameters_agree(std::string_view a, std::string_view b) {
  return each_parameter(a, [&](std::string_view name, std::string_view value) {
    bool is_there = false;
    const bool same = each_parameter(b, [&](std::string_view other, std::string_view its) {
      const bool is_this = equal_no_case(name, other);
      is_there = is_there || is_this;
      return !is_this || equal_no_case(value, its);
    });
    return same && (is_there || !leads_elsewhere(name));
  });
}

}  // namespace

bool same_server(std::string_view a, std::string_view b) {
  if (a == b) {
    return true;
  }
  const ServerName one = parts_of(a);
  const ServerName other = parts_of(b);
  // The canonical form is scheme, user and host.
  return canonical_impu(a) == canonical_impu(b) && equal_no_case(one.scheme, other.scheme) && one.port == other.port &&
         one.headers == other.headers && parameters_agree(one.parameters, other.parameters) &&
         parameters_agree(other.parameters, one.parameters);
}

std::optional<std::string> other_name_of_host(const std::optional<std::string>& assigned, std::string_view asked) {
  const bool is_another = assigned && !same_server(*assigned, asked);
  return is_another && equal_no_case(parts_of(*assigned).host, parts_of(asked).host) ? assigned : std::nullopt;
}

}  // namespace hss
