// SPDX-License-Identifier: Apache-2.0
// A transaction of pushes in memory: the subscription of fake_assignment.h, and what was written.
#pragma once

#include "hss/cx/push_settlement.h"
#include "tests/support/fake_assignment.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tests {

struct FakePushes final : hss::PushTransaction {
  hss::AssignmentRows rows;
  std::set<std::int64_t> held_by_others;
  std::set<std::int64_t> taken_over;  // pushes
  hss::ProfileRows profiles;
  std::vector<std::pair<std::int64_t, hss::DigestRow>> digest_rows;
  std::vector<std::pair<std::int64_t, std::int64_t>> restorable_rows;
  hss::AssignmentRows committed;
  hss::PushWrites writes;

  hss::AssignmentRows lock(std::span<const std::int64_t>) override { return rows; }
  std::vector<std::int64_t> held(std::span<const std::int64_t> ids) override {
    std::vector<std::int64_t> out;
    std::ranges::copy_if(ids, std::back_inserter(out), [&](std::int64_t id) { return held_by_others.contains(id); });
    return out;
  }
  std::vector<std::int64_t> still_ours(std::span<const hss::PushRow* const> pushes) override {
    std::vector<std::int64_t> out;
    for (const hss::PushRow* push : pushes) {
      if (!taken_over.contains(push->id)) {
        out.push_back(push->id);
      }
    }
    return out;
  }
  hss::ProfileRows read_profiles(std::span<const std::int64_t>, std::span<const std::int64_t>) override {
    return profiles;
  }
  std::vector<hss::ServiceProfile> service_profiles(std::span<const std::int64_t>) override { return {}; }
  std::vector<std::pair<std::int64_t, hss::DigestRow>> digests(std::span<const std::int64_t>) override {
    return digest_rows;
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> restorable(std::span<const std::int64_t>) override {
    return restorable_rows;
  }
  void commit(const hss::AssignmentRows& changed, const hss::PushWrites& written) override {
    committed = changed;
    writes = written;
  }
};

// Of set 5 of subscription 3 at the S-CSCF "own" (fake_assignment.h).
inline hss::PushRow ppr() {
  hss::PushRow out;
  out.id = 1;
  out.attempt = 1;
  out.kind = hss::PushKind::ppr;
  out.cause = "members";
  out.subscription_id = 3;
  out.set_id = 5;
  out.destination = own_host;
  return out;
}
inline hss::PushRow rtr(std::vector<hss::EndedRegistration> ends) {
  hss::PushRow out = ppr();
  out.kind = hss::PushKind::rtr;
  out.cause = "suspended";
  out.set_id = 0;
  out.impi = "a@ims.test";
  out.associated = {"b@ims.test"};
  out.impus = {"sip:a@ims.test"};
  out.reason = hss::DeregistrationReason::permanent_termination;
  out.ends = std::move(ends);
  return out;
}

}  // namespace tests
