// SPDX-License-Identifier: Apache-2.0
// Multimedia-Auth on rows: each branch of TS 29.228 6.3.1 for AKA, and what a failed member leaves behind.
#include "hss/cx/multimedia_auth.h"
#include "hss/proved_rand.h"

#include "tests/support/fake_store.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using hss::Outcome;
using hss::RegistrationState;
using tests::FakeTransaction;

constexpr const char* scscf = "sip:scscf.ims.test:6060";
constexpr const char* other = "sip:other.ims.test:6060";

class MultimediaAuth : public testing::Test {
 protected:
  MultimediaAuth() {
    policy.numbers.sqn = auc::default_policy();
    hss::CredentialRow credential;
    credential.sqn.seq = 100;
    transaction.rows.credentials.rows = {credential};
    hss::SubscriptionRow subscription;
    subscription.id = 3;
    transaction.rows.subscriptions = {subscription};
    transaction.rows.sets = {{5, RegistrationState::not_registered}};
    transaction.rows.impi_sets = {{1, 5}};
    transaction.rows.members.assign(8, member());
    transaction.rows.credentials.members.assign(8, {0, key()});
    request.impi = "a@ims.test";
    request.impu = "sip:a@ims.test";
    request.server_name = scscf;
    request.requester = {"scscf.ims.test", "ims.test"};
    request.scheme_name = "Digest-AKAv1-MD5";
  }

  static std::shared_ptr<const hsm::KeyReference> key() {
    auto out = std::make_shared<hsm::KeyReference>();
    out->owner = "card-1";
    return out;
  }
  static hss::AuthenticationRows::Member member() {
    hss::AuthenticationRows::Member out;
    out.has_impi = out.has_impu = out.impu_is_distinct_pui = true;
    out.schemes = {hss::Scheme::aka};
    out.subscription = out.set = out.impi_set = 0;
    return out;
  }

  std::vector<hss::AuthenticationDecision> run(std::vector<hss::AuthenticationCase> work) {
    const hss::NumberInputs inputs{
        0, std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(1'700'000'000'000)), budget};
    return hss::authenticate(transaction, work, policy, inputs);
  }
  hss::AuthenticationDecision run() { return run({{&request, checked}}).front(); }

  // The request carries an AUTS that the token found authentic for SQN_MS with this SEQ.
  void report_sync_failure(std::uint64_t seq_ms) {
    request.authorization.emplace(30, 0);
    checked = hss::CheckedAuts{transaction.rows.credentials.members[0].key, auc::Sqn{seq_ms << 5U}};
  }
  void assign(const char* name, RegistrationState state) {
    transaction.rows.subscriptions[0].scscf_name = name;
    transaction.rows.subscriptions[0].scscf = {"x.ims.test", "ims.test"};
    transaction.rows.sets[0].state = state;
  }
  const hss::SubscriptionRow& subscription() const { return transaction.committed.subscriptions[0]; }
  const hss::CredentialRow& credential() const { return transaction.committed.credentials.rows[0]; }

  FakeTransaction transaction;
  hss::AuthenticationPolicy policy;
  hss::NumberBudget* budget = nullptr;
  hss::MultimediaAuthRequest request;
  std::optional<hss::CheckedAuts> checked;
};

TEST_F(MultimediaAuth, first_request_stores_name_and_pending_and_moves_seq) {
  const auto decision = run();
  EXPECT_EQ(decision.outcome, Outcome::success);
  ASSERT_EQ(decision.sqns.size(), 1U);
  EXPECT_EQ(auc::seq_of(decision.sqns[0], 5), 101U);
  EXPECT_EQ(credential().sqn.seq, 101U);
  EXPECT_EQ(subscription().scscf_name, scscf);
  EXPECT_EQ(subscription().scscf.host, "scscf.ims.test");
  EXPECT_TRUE(transaction.committed.impi_sets[0].auth_pending);
  EXPECT_EQ(transaction.locked, std::vector<std::int64_t>{3});
}

TEST_F(MultimediaAuth, unknown_identities_are_user_unknown) {
  for (auto field : {&hss::AuthenticationRows::Member::has_impi, &hss::AuthenticationRows::Member::has_impu,
                     &hss::AuthenticationRows::Member::impu_is_distinct_pui}) {
    transaction.rows.members[0] = member();
    transaction.rows.members[0].*field = false;
    EXPECT_EQ(run().outcome, Outcome::user_unknown);
    EXPECT_FALSE(credential().changed);
  }
}

TEST_F(MultimediaAuth, identities_of_different_subscriptions_do_not_match) {
  transaction.rows.members[0].impi_set = hss::none;
  EXPECT_EQ(run().outcome, Outcome::identities_dont_match);
}

TEST_F(MultimediaAuth, schemes_that_are_not_provisioned_or_not_known_are_refused) {
  for (const char* scheme : {"SIP Digest", "NASS-Bundled", "Early-IMS-Security", "Digest-AKAv9", ""}) {
    request.scheme_name = scheme;
    EXPECT_EQ(run().outcome, Outcome::auth_scheme_not_supported) << scheme;
  }
}

TEST_F(MultimediaAuth, unknown_scheme_serves_aka_unless_switched_off) {
  request.scheme_name = "unknown";
  EXPECT_EQ(run().outcome, Outcome::success);
  policy.accept_unknown_scheme = false;
  EXPECT_EQ(run().outcome, Outcome::auth_scheme_not_supported);
}

TEST_F(MultimediaAuth, number_of_items_is_bounded) {
  for (const auto& [asked, given] : {std::pair{0U, 1U}, {1U, 1U}, {5U, 5U}, {6U, 5U}, {0xffffffffU, 5U}}) {
    request.items = asked;
    EXPECT_EQ(run().sqns.size(), given) << asked;
  }
}

TEST_F(MultimediaAuth, registered_with_the_same_name_changes_no_registration_row) {
  assign("SIP:SCSCF.ims.test:6060", RegistrationState::registered);
  EXPECT_EQ(run().outcome, Outcome::success);
  EXPECT_FALSE(subscription().changed);
  EXPECT_FALSE(transaction.committed.impi_sets[0].auth_pending);
  EXPECT_TRUE(transaction.locked.empty());
}

TEST_F(MultimediaAuth, authentication_that_began_long_ago_is_pending_anew) {
  assign(scscf, RegistrationState::not_registered);
  transaction.rows.impi_sets[0].auth_pending = true;
  EXPECT_EQ(run().outcome, Outcome::success);
  EXPECT_FALSE(transaction.committed.impi_sets[0].changed);
  transaction.rows.impi_sets[0].pending_is_old = true;
  EXPECT_EQ(run().outcome, Outcome::success);
  EXPECT_TRUE(transaction.committed.impi_sets[0].changed);
  EXPECT_EQ(transaction.locked, std::vector<std::int64_t>{3});
}

TEST_F(MultimediaAuth, another_s_cscf_overwrites_the_name_in_every_state) {
  for (const auto state :
       {RegistrationState::not_registered, RegistrationState::registered, RegistrationState::unregistered}) {
    assign(other, state);
    transaction.rows.subscriptions[0].reassignment_pending = true;
    EXPECT_EQ(run().outcome, Outcome::success);
    EXPECT_EQ(subscription().scscf_name, scscf);
    EXPECT_FALSE(subscription().reassignment_pending);
    EXPECT_TRUE(transaction.committed.impi_sets[0].auth_pending);
  }
}

TEST_F(MultimediaAuth, authentic_auts_raises_seq) {
  assign(scscf, RegistrationState::registered);
  report_sync_failure(5000);
  const auto decision = run();
  EXPECT_EQ(decision.outcome, Outcome::success);
  EXPECT_EQ(decision.resync, hss::ResyncNote::raised);
  EXPECT_EQ(auc::seq_of(decision.sqns[0], 5), 5001U);
}

TEST_F(MultimediaAuth, old_authentic_auts_moves_nothing_back) {
  report_sync_failure(50);
  const auto decision = run();
  EXPECT_EQ(decision.resync, hss::ResyncNote::kept);
  EXPECT_EQ(auc::seq_of(decision.sqns[0], 5), 101U);
}

TEST_F(MultimediaAuth, auts_of_a_card_far_behind_is_refused) {
  transaction.rows.credentials.rows[0].sqn.seq = auc::seq_delta + 10;
  report_sync_failure(1);
  const auto decision = run();
  EXPECT_EQ(decision.outcome, Outcome::unable_to_comply);
  EXPECT_EQ(decision.resync, hss::ResyncNote::refused_downwards);
  EXPECT_EQ(credential().sqn.seq, auc::seq_delta + 10);
}

TEST_F(MultimediaAuth, forged_auts_changes_nothing) {
  report_sync_failure(5000);
  checked->sqn_ms.reset();
  const auto decision = run();
  EXPECT_EQ(decision.outcome, Outcome::unable_to_comply);
  EXPECT_EQ(decision.resync, hss::ResyncNote::forged);
  EXPECT_FALSE(credential().changed);
  EXPECT_FALSE(subscription().changed);
  EXPECT_FALSE(subscription().scscf_name.has_value());
  EXPECT_FALSE(transaction.committed.impi_sets[0].changed);
}

TEST_F(MultimediaAuth, auts_checked_under_another_key_is_refused) {
  report_sync_failure(5000);
  auto stranger = std::make_shared<hsm::KeyReference>(*checked->key);
  stranger->wrapped.push_back(1);
  checked->key = stranger;
  EXPECT_EQ(run().resync, hss::ResyncNote::key_changed);
  EXPECT_FALSE(credential().changed);
}

TEST_F(MultimediaAuth, auts_from_another_s_cscf_needs_a_pending_reassignment) {
  assign(other, RegistrationState::registered);
  report_sync_failure(5000);
  EXPECT_EQ(run().outcome, Outcome::unable_to_comply);
  EXPECT_EQ(subscription().scscf_name, other);
  transaction.rows.subscriptions[0].reassignment_pending = true;
  EXPECT_EQ(run().outcome, Outcome::success);
  EXPECT_EQ(subscription().scscf_name, scscf);
  EXPECT_FALSE(subscription().reassignment_pending);
}

TEST_F(MultimediaAuth, authorization_must_be_thirty_octets_and_of_aka) {
  for (const std::size_t length : {0U, 1U, 29U, 31U}) {
    request.authorization.emplace(length, 0);
    EXPECT_EQ(run().outcome, Outcome::invalid_authorization) << length;
  }
  transaction.rows.members[0].schemes = {hss::Scheme::sip_digest};
  request.scheme_name = "SIP Digest";
  EXPECT_NE(run().outcome, Outcome::success);
}

TEST_F(MultimediaAuth, resynchronisations_are_limited_per_window) {
  policy.numbers.resync_limit = 2;
  report_sync_failure(50);
  const auto decisions = run({{&request, checked}, {&request, checked}, {&request, checked}});
  EXPECT_EQ(decisions[1].outcome, Outcome::success);
  EXPECT_EQ(decisions[2].outcome, Outcome::unable_to_comply);
  EXPECT_EQ(decisions[2].resync, hss::ResyncNote::rate_limited);
}

TEST_F(MultimediaAuth, members_of_one_credential_get_ascending_numbers) {
  const auto decisions = run({{&request, {}}, {&request, {}}, {&request, {}}});
  EXPECT_LT(decisions[0].sqns[0].value, decisions[1].sqns[0].value);
  EXPECT_LT(decisions[1].sqns[0].value, decisions[2].sqns[0].value);
  EXPECT_EQ(credential().sqn.seq, 103U);
}

TEST_F(MultimediaAuth, a_window_that_begins_in_the_future_counts_as_none) {
  policy.numbers.resync_limit = 2;
  auto& row = transaction.rows.credentials.rows[0];
  row.resync_since = std::chrono::sys_seconds(std::chrono::seconds(2'000'000'000));
  row.resync_count = 10;
  report_sync_failure(50);
  EXPECT_EQ(run().resync, hss::ResyncNote::kept);
  EXPECT_EQ(credential().resync_count, 1U);
  EXPECT_EQ(credential().resync_since, std::chrono::sys_seconds(std::chrono::seconds(1'700'000'000)));
}

TEST_F(MultimediaAuth, a_credential_without_fingerprint_gets_no_numbers) {
  transaction.rows.credentials.members[0].credential = hss::none;
  const auto decision = run();
  EXPECT_EQ(decision.outcome, Outcome::unable_to_comply);
  EXPECT_TRUE(decision.key && !decision.has_numbers);
}

TEST_F(MultimediaAuth, one_peer_over_its_budget_does_not_lock_another_out) {
  hss::NumberBudget small(1, std::chrono::seconds(1));
  budget = &small;
  EXPECT_EQ(run().outcome, Outcome::success);
  const auto refused = run();
  EXPECT_EQ(refused.outcome, Outcome::unable_to_comply);
  EXPECT_TRUE(refused.over_budget);
  EXPECT_FALSE(credential().changed);
  request.requester.host = "other.ims.test";
  EXPECT_EQ(run().outcome, Outcome::success);
}

TEST_F(MultimediaAuth, a_challenge_counts_as_accepted_when_its_set_is_registered) {
  EXPECT_EQ(run().outcome, Outcome::success);
  ASSERT_TRUE(credential().asked);
  EXPECT_EQ(credential().asked->seq, 101U);
  transaction.rows = transaction.committed;  // the S-CSCF gives up: the authentication is not pending any more
  transaction.rows.impi_sets[0] = {1, 5};
  EXPECT_EQ(run().outcome, Outcome::success);
  EXPECT_EQ(credential().card_seq, 0U);
  transaction.rows = transaction.committed;  // the user is registered
  transaction.rows.impi_sets[0] = {1, 5, false, true};
  transaction.rows.sets[0].state = RegistrationState::registered;
  EXPECT_EQ(run().outcome, Outcome::success);
  EXPECT_EQ(credential().card_seq, 102U);
  EXPECT_FALSE(credential().asked);
}

TEST_F(MultimediaAuth, an_authentic_auts_tells_where_the_card_is) {
  report_sync_failure(50);
  run();
  EXPECT_EQ(credential().card_seq, 50U);
}

TEST_F(MultimediaAuth, an_armed_card_out_of_reach_returns_once_and_only_with_a_proved_rand) {
  auto& row = transaction.rows.credentials.rows[0];
  row.sqn.seq = auc::seq_delta + 500;
  row.return_nonce.assign(16, 9);
  report_sync_failure(400);
  EXPECT_EQ(run().resync, hss::ResyncNote::refused_downwards);  // an old RAND
  auc::Rand rand;
  hss::prove(rand, row.return_nonce);
  std::copy(rand.octets.begin(), rand.octets.end(), request.authorization->begin());
  const auto decision = run();
  EXPECT_EQ(decision.resync, hss::ResyncNote::returned);
  EXPECT_EQ(auc::seq_of(decision.sqns.at(0), 5), 401U);
  ASSERT_TRUE(credential().returned);
  EXPECT_EQ(credential().returned->seq, 400U);
  EXPECT_EQ(credential().returned->nonce, std::vector<std::uint8_t>(16, 9));
  EXPECT_TRUE(credential().return_nonce.empty());
}

TEST_F(MultimediaAuth, while_a_card_is_armed_rands_are_to_be_proved) {
  EXPECT_TRUE(run().rand_nonce.empty());
  transaction.rows.credentials.rows[0].return_nonce.assign(16, 9);
  EXPECT_EQ(run().rand_nonce.size(), 16U);
}

TEST_F(MultimediaAuth, seq_near_its_ceiling_is_refused_and_kept) {
  transaction.rows.credentials.rows[0].sqn.seq = auc::seq_ceiling;
  EXPECT_EQ(run().outcome, Outcome::unable_to_comply);
  EXPECT_FALSE(credential().changed);
}

TEST_F(MultimediaAuth, the_locked_reading_decides) {
  hss::SubscriptionRow fresh;
  fresh.id = 3;
  fresh.scscf_name = other;
  transaction.fresh = {{0, fresh}};
  report_sync_failure(5000);
  EXPECT_EQ(run().outcome, Outcome::unable_to_comply);  // at first reading no name was stored
  EXPECT_EQ(subscription().scscf_name, other);
}

TEST_F(MultimediaAuth, what_is_not_locked_is_never_written) {
  // A second member's subscription looked settled at first; only the first member's is locked.
  transaction.rows.subscriptions.push_back(transaction.rows.subscriptions[0]);
  transaction.rows.subscriptions[1].id = 9;
  transaction.rows.subscriptions[1].scscf_name = scscf;
  transaction.rows.sets.push_back({6, RegistrationState::registered});
  transaction.rows.impi_sets.push_back({2, 6, false, false});
  auto second = member();
  second.subscription = second.set = second.impi_set = 1;
  transaction.rows.members[1] = second;
  hss::SubscriptionRow moved = transaction.rows.subscriptions[1];
  moved.scscf_name = other;
  transaction.fresh = {{1, moved}};
  EXPECT_THROW(run({{&request, {}}, {&request, {}}}), hss::StoreError);
  EXPECT_FALSE(transaction.has_committed);
}

}  // namespace
