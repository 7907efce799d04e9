// SPDX-License-Identifier: Apache-2.0
// Look-ups in memory for tests of User-Authorization and Location-Info: rows as given, and answers as one line of text.
#pragma once

#include "hss/cx/reassignment.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tests {

// What a reading finds, by the identity that is asked for; any other identity is unknown.
struct LookupRows {
  std::map<std::string, hss::UserAuthorizationRow> users;
  std::map<std::string, hss::LocationInfoRow> locations;

  template <typename Row, typename Request>
  static std::vector<Row> found(const std::map<std::string, Row>& rows, std::span<const Request* const> requests) {
    std::vector<Row> out;
    for (const Request* request : requests) {
      const auto at = rows.find(request->impu);
      out.push_back(at == rows.end() ? Row{} : at->second);
    }
    return out;
  }
};

// `rows` is what the unlocked reading shows, `locked_rows` what the same identities are once the lock is held; `held`
// are subscriptions that another transaction keeps.
struct FakeLookup final : hss::LookupStore {
  LookupRows rows;
  LookupRows locked_rows;
  std::vector<std::int64_t> held;
  // What was done.
  int transactions = 0;
  std::size_t locked_readings = 0;  // members read under the lock
  std::vector<std::int64_t> wanted;
  std::optional<std::vector<std::int64_t>> committed;

  std::vector<hss::UserAuthorizationRow> read(std::span<const hss::UserAuthorizationRequest* const> requests) override {
    return LookupRows::found(rows.users, requests);
  }
  std::vector<hss::LocationInfoRow> read(std::span<const hss::LocationInfoRequest* const> requests) override {
    return LookupRows::found(rows.locations, requests);
  }
  std::unique_ptr<hss::ReassignmentTransaction> begin_reassignment(std::span<const std::int64_t> ids) override;
};

struct FakeReassignment final : hss::ReassignmentTransaction {
  explicit FakeReassignment(FakeLookup& lookup) : store(lookup) {
    std::ranges::set_difference(store.wanted, store.held, std::back_inserter(ids));
  }
  std::vector<hss::UserAuthorizationRow> read(std::span<const hss::UserAuthorizationRequest* const> requests) override {
    store.locked_readings += requests.size();
    return LookupRows::found(store.locked_rows.users, requests);
  }
  std::vector<hss::LocationInfoRow> read(std::span<const hss::LocationInfoRequest* const> requests) override {
    store.locked_readings += requests.size();
    return LookupRows::found(store.locked_rows.locations, requests);
  }
  [[nodiscard]] const std::vector<std::int64_t>& locked() const noexcept override { return ids; }
  void commit(std::span<const std::int64_t> written) override {
    store.committed.emplace(written.begin(), written.end());
  }

  FakeLookup& store;
  std::vector<std::int64_t> ids;
};

inline std::unique_ptr<hss::ReassignmentTransaction> FakeLookup::begin_reassignment(std::span<const std::int64_t> ids) {
  ++transactions;
  wanted.assign(ids.begin(), ids.end());
  return std::make_unique<FakeReassignment>(*this);
}

// "Result-Code 2001" or "Experimental-Result 5001", as the peer will see it.
inline std::string text(hss::Outcome outcome) {
  const hss::OutcomeCode& code = hss::code_of(outcome);
  return (code.vendor == 0 ? "Result-Code " : "Experimental-Result ") + std::to_string(code.code);
}

// " Server-Capabilities 1 2 / 3 / sip:a": mandatory, optional, preferred S-CSCFs.
inline std::string text(const hss::ServerCapabilities& capabilities) {
  std::string out = " Server-Capabilities";
  for (const std::uint32_t number : capabilities.mandatory) {
    out += " " + std::to_string(number);
  }
  out += " /";
  for (const std::uint32_t number : capabilities.optional) {
    out += " " + std::to_string(number);
  }
  out += " /";
  for (const std::string& name : capabilities.server_names) {
    out += " " + name;
  }
  return out;
}

inline std::string text(const hss::UserAuthorizationAnswer& answer) {
  return text(answer.outcome) + (answer.server_name ? " Server-Name " + *answer.server_name : "") +
         (answer.capabilities ? text(*answer.capabilities) : "");
}

inline std::string text(const hss::LocationInfoAnswer& answer) {
  return text(answer.outcome) + (answer.server_name ? " Server-Name " + *answer.server_name : "") +
         (answer.capabilities ? text(*answer.capabilities) : "") +
         (answer.wildcard ? " Wildcarded-Public-Identity " + *answer.wildcard : "") +
         (answer.psi_direct_routing ? " LIA-Flags 1" : "");
}

template <typename Answer>
std::string text(const hss::LookupDecision<Answer>& decision) {
  return text(decision.answer) + (decision.reassigns ? ", reassigns" : "");
}

}  // namespace tests
