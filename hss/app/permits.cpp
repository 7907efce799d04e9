// SPDX-License-Identifier: Apache-2.0
// Patterns, rows of diameter.permit.
#include "hss/app/permits.h"

#include <algorithm>
#include <numeric>

namespace hss::app {
namespace {

bool equal_no_case(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

bool matches_any(const std::vector<std::string>& patterns, std::string_view identity) noexcept {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches(pattern, identity); });
}

bool covers(const Permit& permit, const Requester& origin, Command command) noexcept {
  return permit.commands[index_of(command)] && matches(permit.peer, origin.host) &&
         matches_any(permit.realms, origin.realm);
}

}  // namespace

bool matches(std::string_view pattern, std::string_view identity) noexcept {
  if (!pattern.starts_with('*')) {
    return equal_no_case(pattern, identity);
  }
  const std::string_view tail = pattern.substr(1);  // "" or ".realm"
  return identity.size() > tail.size() && equal_no_case(tail, identity.substr(identity.size() - tail.size()));
}

Permits::Permits(const DiameterConfig& config, const std::string& own_realm)
    : permits_(config.permits), agents_(config.agents) {
  if (permits_.empty()) {
    permits_.emplace_back().peer = "*." + own_realm;
  }
  for (Permit& permit : permits_) {
    if (permit.realms.empty()) {
      permit.realms.push_back(own_realm);
    }
  }
}

bool Permits::may_connect(std::string_view host) const noexcept {
  return matches_any(agents_, host) || std::any_of(permits_.begin(), permits_.end(),
                                                   [&](const Permit& permit) { return matches(permit.peer, host); });
}

bool Permits::offers(std::string_view application) const noexcept {
  const CommandSet its_own = commands_of(application);
  return std::ranges::any_of(permits_, [&](const Permit& permit) {
    return std::inner_product(its_own.begin(), its_own.end(), permit.commands.begin(), 0) > 0;
  });
}

const char* Permits::refusal(std::string_view peer, const Requester& origin, Command command) const noexcept {
  if (!equal_no_case(origin.host, peer) && !matches_any(agents_, peer)) {
    return "speaks for another host";
  }
  const bool permitted = std::any_of(permits_.begin(), permits_.end(),
                                     [&](const Permit& permit) { return covers(permit, origin, command); });
  return permitted ? nullptr : "not in diameter.permit";
}

}  // namespace hss::app
