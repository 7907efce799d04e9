// SPDX-License-Identifier: Apache-2.0
// Number states for an interface without registration, on the real database: found by IMPI and IMSI, told apart when
// they are not served, durable at commit; and the unknown end of a COMMIT.
#include "hss/issue.h"
#include "hss/pg/credential_transaction.h"
#include "hss/store_error.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

namespace {

using hss::CredentialRows;
using hss::CredentialWanted;
using By = CredentialWanted::By;

// As tests/integration/test_credentials.py has made them.
constexpr CredentialWanted impi{"001010000000003@ims.mnc001.mcc001.3gppnetwork.org"};
constexpr CredentialWanted imsi{"001010000000003", By::imsi};
constexpr CredentialWanted ambiguous{"001010000000012", By::imsi};
constexpr CredentialWanted shared{"001010000000033", By::imsi};  // two IMPIs with one credential
constexpr CredentialWanted keyless{"keyless@ims.mnc001.mcc001.3gppnetwork.org"};
constexpr CredentialWanted keyless_imsi{"001010000000099", By::imsi};
constexpr CredentialWanted unknown{"nobody@ims.mnc001.mcc001.3gppnetwork.org"};
constexpr CredentialWanted unknown_imsi{"999999999999999", By::imsi};

class Credentials : public testing::Test {
 protected:
  Credentials() { policy.sqn = auc::default_policy(); }

  // Over a socket in a folder that cuts connections, or without.
  static hss::pg::Options options(const char* cut = nullptr) {
    hss::pg::Options out;
    out.conninfo = std::getenv("QUINTET_CONNINFO");
    if (cut != nullptr) {
      out.conninfo += " host='" + std::string(std::getenv("QUINTET_CUTS")) + "/" + cut + "'";
    }
    out.policy = auc::describe(auc::default_policy());
    return out;
  }

  CredentialRows lock(CredentialWanted wanted) {
    const auto transaction = store.begin();
    return transaction->lock(std::span(&wanted, 1));
  }
  // The server may not have seen yet that a connection was cut, and its row is not waited for.
  std::uint64_t seq() {
    auto rows = lock(impi).rows;
    for (int tries = 0; rows.empty() && tries < 500; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      rows = lock(impi).rows;
    }
    return rows.at(0).sqn.seq;
  }

  hss::IssuedNumbers issue(CredentialRows& rows) {
    return hss::issue(rows.rows.at(0), {auc::Domain::gba, 1, "bsf.ims.test", {}}, policy,
                      {rows.seq_lead, std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())});
  }

  // A number through a connection that is cut.
  hss::StoreFailure failure_through(const char* cut, std::string& message) {
    hss::pg::PgCredentialStore cutting(options(cut));
    try {
      const auto transaction = cutting.begin();
      auto rows = transaction->lock(std::span(&impi, 1));
      issue(rows);
      transaction->commit(rows, auc::Domain::gba);
    } catch (const hss::StoreError& error) {
      message = error.what();
      EXPECT_TRUE(error.where().starts_with("connection.cpp:")) << error.where();
      return error.failure();
    }
    ADD_FAILURE() << "nothing was cut";
    return hss::StoreFailure::refused;
  }

  hss::pg::PgCredentialStore store{options()};
  hss::NumberPolicy policy;
};

TEST_F(Credentials, are_found_by_impi_and_imsi) {
  const std::array wanted{impi, imsi, shared, CredentialWanted{}};
  const auto rows = store.begin()->lock(wanted);
  ASSERT_EQ(rows.members.size(), 4U);
  EXPECT_EQ(rows.members[0].key->owner, rows.members[1].key->owner);
  EXPECT_EQ(rows.members[0].credential, rows.members[1].credential) << "one K, one row";
  ASSERT_NE(rows.members[2].credential, hss::none);
  EXPECT_FALSE(rows.members[2].is_ambiguous);
  EXPECT_EQ(rows.members[3].credential, hss::none);
  EXPECT_FALSE(rows.members[3].is_known);
  EXPECT_EQ(rows.rows.at(0).fingerprint, rows.members[0].key->fingerprint);
}

TEST_F(Credentials, of_an_imsi_with_two_are_nobodys) {
  const auto rows = lock(ambiguous);
  EXPECT_TRUE(rows.members[0].is_ambiguous);
  EXPECT_TRUE(rows.members[0].is_known);
  EXPECT_EQ(rows.members[0].key, nullptr);
  EXPECT_EQ(rows.members[0].credential, hss::none);
  EXPECT_TRUE(rows.rows.empty()) << "nothing was locked";
}

TEST_F(Credentials, that_are_not_there_are_told_from_who_is_not_known) {
  const std::array wanted{keyless, keyless_imsi, unknown, unknown_imsi};
  const auto rows = store.begin()->lock(wanted);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(rows.members[i].is_known, i < 2) << i;
    EXPECT_EQ(rows.members[i].key, nullptr) << i;
    EXPECT_FALSE(rows.members[i].is_ambiguous || rows.members[i].numbers_held) << i;
  }
}

TEST_F(Credentials, that_somebody_else_holds_are_not_waited_for) {
  hss::pg::PgCredentialStore other(options());
  const auto holding = other.begin();
  ASSERT_NE(holding->lock(std::span(&impi, 1)).members[0].credential, hss::none);
  for (const auto& wanted : {impi, imsi}) {
    const auto rows = lock(wanted);
    EXPECT_TRUE(rows.members[0].numbers_held);
    EXPECT_EQ(rows.members[0].credential, hss::none);
    EXPECT_NE(rows.members[0].key, nullptr);
  }
}

TEST_F(Credentials, keep_their_numbers_from_the_commit_on) {
  const auto before = seq();
  {
    const auto transaction = store.begin();
    auto rows = transaction->lock(std::span(&imsi, 1));
    ASSERT_EQ(auc::seq_of(issue(rows).sqns.at(0), policy.sqn.ind_bits), before + 1);
  }
  EXPECT_EQ(seq(), before) << "without a commit nothing is taken";
  const auto transaction = store.begin();
  auto rows = transaction->lock(std::span(&imsi, 1));
  issue(rows);
  transaction->commit(rows, auc::Domain::gba);
  const auto after = lock(impi).rows.at(0).sqn;
  EXPECT_EQ(after.seq, before + 1);
  EXPECT_EQ(after.last_ind[static_cast<std::size_t>(auc::Domain::gba)],
            rows.rows[0].sqn.last_ind[static_cast<std::size_t>(auc::Domain::gba)]);
}

TEST_F(Credentials, lend_their_keys_without_a_lock) {
  const std::array wanted{impi, imsi, ambiguous, keyless, unknown};
  const auto keys = store.keys_of(wanted);
  ASSERT_TRUE(keys[0] && keys[1]);
  EXPECT_EQ(keys[0]->owner, keys[1]->owner);
  EXPECT_FALSE(keys[2] || keys[3] || keys[4]);
  EXPECT_FALSE(store.kek_checks().empty());
}

TEST_F(Credentials, whose_commit_has_no_answer_are_in_doubt) {
  std::string message;
  auto before = seq();
  EXPECT_EQ(failure_through("after", message), hss::StoreFailure::in_doubt);
  EXPECT_TRUE(message.ends_with("; a COMMIT was under way, its end is unknown")) << message;
  EXPECT_EQ(seq(), before + 1) << "it was committed";
  before = seq();
  EXPECT_EQ(failure_through("before", message), hss::StoreFailure::in_doubt);
  EXPECT_EQ(seq(), before) << "it was not";
}

TEST_F(Credentials, whose_connection_is_lost_before_the_commit_are_not_in_doubt) {
  std::string message;
  EXPECT_EQ(failure_through("early", message), hss::StoreFailure::unavailable);
  EXPECT_EQ(message.find("COMMIT"), std::string::npos) << message;
}

}  // namespace
