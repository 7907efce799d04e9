// SPDX-License-Identifier: Apache-2.0
// Multimedia-Auth of Zh on rows: each branch of TS 29.109 4.2 and of what it leaves open.
#include "hss/zh/multimedia_auth.h"

#include <gtest/gtest.h>

#include <utility>

namespace {

using hss::Outcome;
using hss::ResyncNote;
using hss::zh::AuthenticationCase;
using hss::zh::AuthenticationDecision;
using hss::zh::UserRow;
using hss::zh::UserRows;

// The rows that a transaction finds, and what became of them.
struct FakeTransaction final : hss::zh::UserTransaction {
  UserRows rows;
  std::vector<std::pair<std::string, std::string>> asked;  // IMPI and IMSI
  std::optional<UserRows> committed;
  auc::Domain domain{};

  UserRows lock(std::span<const hss::zh::AskedUser> wanted) override {
    for (const auto& one : wanted) {
      asked.emplace_back(one.impi, one.imsi);
    }
    return rows;
  }
  void commit(const UserRows& written, auc::Domain of) override {
    committed = written;
    domain = of;
  }
};

class ZhMultimediaAuth : public testing::Test {
 protected:
  ZhMultimediaAuth() {
    policy.sqn = auc::default_policy();
    hss::CredentialRow credential;
    credential.sqn.seq = 100;
    transaction.rows.credentials.rows = {credential};
    hsm::KeyReference key;
    key.owner = "card-1";
    hss::CredentialRows::Member member;
    member.credential = 0;
    member.is_known = true;
    member.key = std::make_shared<const hsm::KeyReference>(key);
    transaction.rows.credentials.members = {member};
    transaction.rows.members = {{UserRow{.may_use_aka = true, .settings = {}}, 0}};
    request.impi = "a@ims.test";
    request.scheme_name = "Digest-AKAv1-MD5";
    request.requester = {"bsf.ims.test", "ims.test"};
  }

  AuthenticationDecision run() {
    const std::vector<AuthenticationCase> work{{&request, impis_of_impu, checked}};
    const hss::NumberInputs inputs{
        .now = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(1'700'000'000'000)),
        .budget = budget};
    return hss::zh::authenticate(transaction, work, policy, inputs).front();
  }
  void expect_refused(Outcome outcome) {
    const auto decision = run();
    EXPECT_EQ(decision.outcome, outcome);
    EXPECT_TRUE(decision.issued.empty());
    EXPECT_FALSE(decision.settings);
    EXPECT_EQ(credential().sqn.seq, 100U);
    EXPECT_FALSE(credential().changed);
  }
  UserRow& user() { return *transaction.rows.members[0].user; }
  hss::CredentialRows::Member& member() { return transaction.rows.credentials.members[0]; }
  const hss::CredentialRow& credential() const { return transaction.committed->credentials.rows[0]; }
  // The request carries an AUTS that the token found authentic for SQN_MS with this SEQ.
  void report_sync_failure(std::uint64_t seq_ms) {
    request.authorization.emplace(30, 0);
    checked = hss::CheckedAuts{member().key, auc::Sqn{seq_ms << 5U}};
  }
  void give_settings() {
    user().settings = hss::zh::UserSecuritySettings{"a@ims.test", {}, 60, {}};
    user().settings_changed_at = 4'000'000'000;
  }

  FakeTransaction transaction;
  hss::NumberPolicy policy;
  hss::NumberBudget* budget = nullptr;
  hss::zh::MultimediaAuthRequest request;
  std::vector<std::string> impis_of_impu;
  std::optional<hss::CheckedAuts> checked;
};

TEST_F(ZhMultimediaAuth, one_number_of_the_domain_gba_is_issued) {
  const auto decision = run();
  EXPECT_EQ(decision.outcome, Outcome::success);
  ASSERT_EQ(decision.issued.sqns.size(), 1U);
  EXPECT_EQ(auc::seq_of(decision.issued.sqns[0], 5), 101U);
  EXPECT_EQ(credential().sqn.seq, 101U);
  EXPECT_EQ(credential().sqn.last_ind[static_cast<std::size_t>(auc::Domain::gba)], 30);
  EXPECT_EQ(transaction.domain, auc::Domain::gba);
  EXPECT_FALSE(decision.settings);
}

TEST_F(ZhMultimediaAuth, neither_identity_is_a_missing_user_name) {
  request.impi.clear();
  transaction.rows.members = {{}};
  expect_refused(Outcome::missing_user_name);
}

TEST_F(ZhMultimediaAuth, an_unknown_impi_is_told_before_all_else) {
  transaction.rows.members = {{}};
  request.scheme_name = "SIP Digest";
  request.authorization.emplace(3, 0);
  expect_refused(Outcome::identity_unknown);
}

TEST_F(ZhMultimediaAuth, the_imsi_is_asked_for_beside_the_impi_that_was_made_from_it) {
  request.impi = "001010000000001@ims.mnc001.mcc001.3gppnetwork.org";
  run();
  EXPECT_EQ(transaction.asked.back(), std::pair(request.impi, std::string("001010000000001")));
  request.impi = "a@ims.test";
  run();
  EXPECT_EQ(transaction.asked.back(), std::pair(request.impi, std::string()));
}

TEST_F(ZhMultimediaAuth, an_imsi_of_several_credentials_is_not_authorized) {
  member().is_ambiguous = true;
  member().credential = hss::none;
  expect_refused(Outcome::not_authorized);
}

TEST_F(ZhMultimediaAuth, a_public_identity_alone_leads_to_its_only_credential) {
  request.impi.clear();
  request.impu = "sip:a@ims.test";
  impis_of_impu = {"a@ims.test"};
  EXPECT_EQ(run().outcome, Outcome::success);
  EXPECT_EQ(transaction.asked.back().first, "a@ims.test");
}

TEST_F(ZhMultimediaAuth, a_public_identity_of_nobody_or_of_several_leads_nowhere) {
  request.impi.clear();
  request.impu = "sip:a@ims.test";
  transaction.rows.members = {{}};
  expect_refused(Outcome::identity_unknown);
  impis_of_impu = {"a@ims.test", "b@ims.test"};
  expect_refused(Outcome::not_authorized);
  EXPECT_EQ(transaction.asked.back().first, "");
}

TEST_F(ZhMultimediaAuth, no_scheme_means_aka) {
  request.scheme_name.reset();
  EXPECT_EQ(run().outcome, Outcome::success);
  EXPECT_EQ(hss::zh::answered_scheme(request), "Digest-AKAv1-MD5");
  request.scheme_name = "digest-akav2-sha-256";
  EXPECT_EQ(run().outcome, Outcome::success);
  EXPECT_EQ(hss::zh::answered_scheme(request), "digest-akav2-sha-256");
}

TEST_F(ZhMultimediaAuth, another_scheme_is_not_supported_whoever_asks) {
  user().may_use_aka = false;
  for (const char* scheme : {"SIP Digest", "Unknown", "NASS-Bundled", ""}) {
    request.scheme_name = scheme;
    expect_refused(Outcome::auth_scheme_not_supported);
  }
}

TEST_F(ZhMultimediaAuth, a_user_without_aka_is_not_authorized) {
  user().may_use_aka = false;
  request.authorization.emplace(3, 0);
  expect_refused(Outcome::not_authorized);
}

TEST_F(ZhMultimediaAuth, a_suspended_user_is_not_authorized) {
  user().is_suspended = true;
  give_settings();
  expect_refused(Outcome::not_authorized);
}

TEST_F(ZhMultimediaAuth, an_authorization_of_another_length_is_invalid) {
  for (const std::size_t size : {0U, 29U, 31U}) {
    request.authorization.emplace(size, 0);
    expect_refused(Outcome::invalid_authorization);
  }
}

TEST_F(ZhMultimediaAuth, a_number_state_that_is_held_decides_nothing) {
  member().numbers_held = true;
  member().credential = hss::none;
  EXPECT_EQ(run().held, "numbers of card-1");
}

TEST_F(ZhMultimediaAuth, who_is_refused_waits_for_no_number_state) {
  member().numbers_held = true;
  user().may_use_aka = false;
  const auto decision = run();
  EXPECT_EQ(decision.held, "");
  EXPECT_EQ(decision.outcome, Outcome::not_authorized);
}

TEST_F(ZhMultimediaAuth, a_credential_without_fingerprint_is_not_served_and_told_of) {
  member().credential = hss::none;
  const auto decision = run();
  EXPECT_EQ(decision.outcome, Outcome::unable_to_comply);
  EXPECT_TRUE(decision.key);
  EXPECT_FALSE(decision.has_numbers);
}

TEST_F(ZhMultimediaAuth, an_authentic_auts_raises_seq) {
  report_sync_failure(500);
  const auto decision = run();
  EXPECT_EQ(decision.outcome, Outcome::success);
  EXPECT_EQ(decision.issued.resync, ResyncNote::raised);
  EXPECT_EQ(auc::seq_of(decision.issued.sqns.at(0), 5), 501U);
}

TEST_F(ZhMultimediaAuth, a_forged_auts_changes_nothing) {
  report_sync_failure(500);
  checked->sqn_ms.reset();
  give_settings();
  expect_refused(Outcome::unable_to_comply);
}

TEST_F(ZhMultimediaAuth, an_auts_that_nobody_checked_counts_as_of_another_key) {
  report_sync_failure(500);
  checked.reset();
  expect_refused(Outcome::unable_to_comply);
}

TEST_F(ZhMultimediaAuth, a_peer_over_its_budget_gets_nothing) {
  hss::NumberBudget one_left(1, std::chrono::hours(1));
  budget = &one_left;
  EXPECT_EQ(run().outcome, Outcome::success);
  const auto decision = run();
  EXPECT_EQ(decision.outcome, Outcome::unable_to_comply);
  EXPECT_TRUE(decision.issued.over_budget);
}

TEST_F(ZhMultimediaAuth, settings_are_told_unless_the_bsf_has_them) {
  give_settings();
  for (const std::optional<std::uint32_t> has :
       {std::optional<std::uint32_t>{}, std::optional(3'999'999'999U), std::optional(0U)}) {
    request.guss_timestamp = has;
    const auto decision = run();
    ASSERT_TRUE(decision.settings);
    EXPECT_EQ(decision.settings->settings.key_lifetime, 60);
    EXPECT_EQ(decision.settings->changed_at, 4'000'000'000U);
  }
  request.guss_timestamp = 4'000'000'000;
  const auto decision = run();
  EXPECT_EQ(decision.outcome, Outcome::success);
  EXPECT_FALSE(decision.settings);
}

TEST_F(ZhMultimediaAuth, two_of_one_batch_and_one_card_get_two_numbers) {
  transaction.rows.members.push_back(transaction.rows.members[0]);
  const std::vector<AuthenticationCase> work{{&request, {}, {}}, {&request, {}, {}}};
  const auto decisions = hss::zh::authenticate(transaction, work, policy, {});
  EXPECT_EQ(auc::seq_of(decisions.at(0).issued.sqns.at(0), 5), 101U);
  EXPECT_EQ(auc::seq_of(decisions.at(1).issued.sqns.at(0), 5), 102U);
}

}  // namespace
