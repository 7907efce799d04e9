// SPDX-License-Identifier: Apache-2.0
// When a batch of look-ups takes a lock, what it decides again under it, and what it writes (TS 23.380 4.3, 4.4).
#include "hss/cx/reassignment.h"

#include "hss/cx/location_info.h"
#include "tests/support/fake_lookup.h"

#include <gtest/gtest.h>

namespace {

using hss::AuthorizationType;
using Ids = std::vector<std::int64_t>;

constexpr const char* unknown = "Experimental-Result 5001";
constexpr const char* named = "Result-Code 2001 Server-Name sip:s.ims.test";
constexpr const char* capable = "Result-Code 2001 Server-Capabilities 4 / /";

hss::LocationInfoRow registered(std::int64_t subscription) {
  hss::LocationInfoRow row;
  row.has_impu = true;
  row.state = hss::RegistrationState::registered;
  row.subscription.id = subscription;
  row.subscription.scscf_name = "sip:s.ims.test";
  row.subscription.capabilities = {{4}, {}, {}};
  return row;
}

// Identities a and b belong to subscription 9, c to 8; all are registered. What is locked is as it was read.
class Reassignment : public testing::Test {
 protected:
  Reassignment() {
    store.rows.locations = {{"a", registered(9)}, {"b", registered(9)}, {"c", registered(8)}};
    store.locked_rows = store.rows;
  }

  // Small letters ask where, capital ones for a reassignment.
  std::vector<hss::Served<hss::LocationInfoAnswer>> decide(const std::string& asked) {
    std::vector<hss::LocationInfoRequest> requests(asked.size());
    std::vector<const hss::LocationInfoRequest*> batch;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const bool reassigns = asked[i] < 'a';
      requests[i].impu = std::string(1, static_cast<char>(reassigns ? asked[i] - 'A' + 'a' : asked[i]));
      requests[i].type = reassigns ? AuthorizationType::registration_and_capabilities : AuthorizationType::registration;
      batch.push_back(&requests[i]);
    }
    return hss::decide_all<hss::LocationInfoAnswer>(store, std::span<const hss::LocationInfoRequest* const>(batch),
                                                    hss::decide_location_info);
  }
  std::vector<std::string> answers(const std::string& asked) {
    std::vector<std::string> out;
    for (const auto& served : decide(asked)) {
      out.push_back(served.held_subscription != 0 ? "held " + std::to_string(served.held_subscription)
                                                  : tests::text(served.answer));
    }
    return out;
  }
  using Texts = std::vector<std::string>;

  tests::FakeLookup store;
};

TEST_F(Reassignment, takes_no_lock_where_nothing_changes) {
  store.rows.locations["c"].subscription.reassignment_pending = true;
  EXPECT_EQ(answers("abC"), (Texts{named, named, capable}));
  EXPECT_EQ(store.transactions, 0);
}

TEST_F(Reassignment, locks_and_writes_each_subscription_once_in_order) {
  EXPECT_EQ(answers("ACB"), (Texts{capable, capable, capable}));
  EXPECT_EQ(store.transactions, 1);
  EXPECT_EQ(store.wanted, (Ids{8, 9}));
  EXPECT_EQ(store.committed, (Ids{8, 9}));
}

TEST_F(Reassignment, locks_for_those_alone_that_change_something) {
  EXPECT_EQ(answers("aCx"), (Texts{named, capable, unknown}));
  EXPECT_EQ(store.wanted, Ids{8});
  EXPECT_EQ(store.locked_readings, 1U);
  EXPECT_EQ(store.committed, Ids{8});
}

TEST_F(Reassignment, answers_by_what_is_there_under_the_lock) {
  store.locked_rows.locations.erase("a");
  EXPECT_EQ(answers("A"), Texts{unknown});
  EXPECT_EQ(store.committed, Ids{});
}

TEST_F(Reassignment, does_not_write_what_another_has_written_before_the_lock) {
  store.locked_rows.locations["a"].subscription.reassignment_pending = true;
  EXPECT_EQ(answers("AC"), (Texts{capable, capable}));
  EXPECT_EQ(store.committed, Ids{8});
}

TEST_F(Reassignment, gives_back_those_whose_subscription_another_holds) {
  store.held = {9};
  EXPECT_EQ(answers("ACBa"), (Texts{"held 9", capable, "held 9", named}));
  EXPECT_EQ(store.committed, Ids{8});
}

TEST_F(Reassignment, answers_from_a_held_subscription_what_changes_nothing_any_more) {
  store.held = {9};
  store.locked_rows.locations["a"].subscription.reassignment_pending = true;
  EXPECT_EQ(answers("A"), Texts{capable});
  EXPECT_EQ(store.committed, Ids{});
}

TEST_F(Reassignment, writes_nothing_where_an_identity_has_changed_its_subscription) {
  store.locked_rows.locations["a"] = registered(5);
  try {
    decide("AC");
    FAIL() << "the subscription that it has now is not locked";
  } catch (const hss::StoreError& error) {
    EXPECT_EQ(error.failure(), hss::StoreFailure::busy);
  }
  EXPECT_FALSE(store.committed);
}

}  // namespace
