// SPDX-License-Identifier: Apache-2.0
// A store in memory for tests of the procedures: rows as given, and a record of what was locked and written.
#pragma once

#include "hss/cx/authentication_store.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tests {

// The rows one transaction will find; `fresh` is what a locked reading shows if it differs from the first one.
struct FakeTransaction final : hss::AuthenticationTransaction {
  hss::AuthenticationRows rows;
  std::vector<std::pair<std::size_t, hss::SubscriptionRow>> fresh;
  std::vector<std::int64_t> locked;
  hss::AuthenticationRows committed;
  bool has_committed = false;
  std::vector<hss::Scheme> asked;
  std::vector<hss::RegisteredIdentities> registered;  // in any subscription

  hss::AuthenticationRows lock_credentials(std::span<const hss::AskedAuthentication> members) override {
    asked.clear();
    for (const hss::AskedAuthentication& member : members) {
      asked.push_back(member.asked);
    }
    rows.credentials.members.resize(rows.members.size());
    return rows;
  }
  std::vector<std::int64_t> lock_subscriptions(std::span<const hss::AskedAuthentication>,
                                               std::span<const std::int64_t> ids,
                                               hss::AuthenticationRows& into) override {
    locked.assign(ids.begin(), ids.end());
    for (const auto& [index, row] : fresh) {
      into.subscriptions[index] = row;
    }
    return locked;
  }
  std::vector<hss::RegisteredIdentities> read_registered(std::span<const std::int64_t>) override { return registered; }
  void commit(const hss::AuthenticationRows& written, auc::Domain) override {
    committed = written;
    has_committed = true;
  }
};

}  // namespace tests
