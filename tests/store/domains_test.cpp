// SPDX-License-Identifier: Apache-2.0
// CS, PS and IMS ask for vectors of one card at random, on the real database and token: a card with the SQN array of
// TS 33.102 C.2 must never report a synchronisation failure (TS 33.203 Annex G), and one AUTS heals one that must.
#include "auc/milenage.h"
#include "hsm/pkcs11_token.h"
#include "hss/app/config.h"
#include "hss/cx/multimedia_auth.h"
#include "hss/pg/credential_transaction.h"
#include "hss/pg/cx/authentication.h"
#include "hss/pg/options.h"
#include "tests/support/usim.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <map>
#include <random>

namespace {

// The third sample card (schema/samples/sample_cards.csv): public test values.
constexpr support::Usim::Block k{0x9e, 0x59, 0x44, 0xae, 0xa9, 0x4b, 0x81, 0x16,
                                 0x5c, 0x82, 0xfb, 0xf9, 0xf3, 0x2d, 0xb7, 0x51};
constexpr support::Usim::Block opc{0xa6, 0x4a, 0x50, 0x7a, 0xe1, 0xa2, 0xa9, 0x8b,
                                   0xb8, 0x8e, 0xb4, 0x21, 0x01, 0x35, 0xdc, 0x87};
constexpr const char* impi = "001010000000003@ims.mnc001.mcc001.3gppnetwork.org";
constexpr const char* impu = "sip:001010000000003@ims.mnc001.mcc001.3gppnetwork.org";
constexpr int authentications = 10000;

hss::pg::Options options_of(const hss::app::Config& config) {
  return {config.database.conninfo,     config.database.statement_timeout,
          config.database.lock_timeout, config.database.connect_timeout,
          config.sqn.lead_jump,         config.sqn.witness,
          config.sqn.policy.ind_bits,   auc::describe(config.sqn.policy)};
}

class Domains : public testing::Test {
 protected:
  Domains()
      : config(hss::app::read_config(std::getenv("QUINTET_CONFIG"))),
        store(options_of(config)),
        credentials(options_of(config)),
        token(config.token) {
    policy.numbers.sqn = config.sqn.policy;
    policy.numbers.resync_limit = 1000000;
    request.impi = impi;
    request.impu = impu;
    request.server_name = "sip:scscf.ims.test";
    request.requester = {"scscf.ims.test", "ims.test"};
    request.scheme_name = "Digest-AKAv1-MD5";
    token.expect(store.kek_checks());
    token.open();
  }

  std::vector<auc::Vector> compute(const hsm::KeyReference& reference, const std::vector<auc::Sqn>& sqns) {
    std::vector<auc::Challenge> challenges(sqns.size());
    for (std::size_t i = 0; i < sqns.size(); ++i) {
      token.session(0).random(challenges[i].rand.octets);
      challenges[i].sqn = sqns[i];
    }
    return auc::vectors(token.session(0), token.session(0).load(reference), challenges, auc::Amf{});
  }

  // As Cx does it.
  std::vector<auc::Vector> ims(std::uint32_t items) {
    request.items = items;
    const hss::AuthenticationCase work{&request, checked};
    const auto transaction = store.begin_authentication();
    const auto decision = hss::authenticate(*transaction, std::span(&work, 1), policy, {0, now()}).front();
    EXPECT_EQ(decision.outcome, hss::Outcome::success);
    return compute(*decision.key, decision.sqns);
  }

  // As an interface without registration state does it.
  std::vector<auc::Vector> other(auc::Domain domain, std::size_t items) {
    const std::array wanted{hss::CredentialWanted{impi}};
    const auto transaction = credentials.begin();
    auto rows = transaction->lock(wanted);
    const auto issued =
        hss::issue(rows.rows.front(), {domain, items, "mme.epc.test", {}}, policy.numbers, {rows.seq_lead, now()});
    EXPECT_FALSE(issued.empty());
    transaction->commit(rows, domain);
    return compute(*rows.members[0].key, issued.sqns);
  }

  std::vector<auc::Vector> batch(auc::Domain domain) { return domain == auc::Domain::ims ? ims(1) : other(domain, 5); }

  static std::chrono::sys_time<std::chrono::milliseconds> now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }

  hss::app::Config config;
  hss::pg::PgAuthenticationStore store;
  hss::pg::PgCredentialStore credentials;
  hsm::Pkcs11Token token;
  hss::AuthenticationPolicy policy;
  hss::MultimediaAuthRequest request;
  std::optional<hss::CheckedAuts> checked;
  support::Usim card{k, opc};
};

TEST_F(Domains, interleaved_at_random_never_fail_to_synchronise) {
  std::mt19937 random(20261121);  // NOLINT(cert-msc51-cpp): a run must be repeatable
  constexpr std::array domains{auc::Domain::cs, auc::Domain::ps, auc::Domain::ps, auc::Domain::ims};
  std::map<auc::Domain, std::deque<auc::Vector>> prefetched;
  int failures = 0;
  for (int i = 0; i < authentications; ++i) {
    const auc::Domain domain = domains.at(random() % domains.size());
    auto& waiting = prefetched[domain];
    if (waiting.empty()) {
      for (auto& vector : batch(domain)) {
        waiting.push_back(std::move(vector));
      }
    }
    const auto answer = card.authenticate(waiting.front().rand, waiting.front().autn);
    waiting.pop_front();
    ASSERT_NE(answer.kind, support::CardAnswer::Kind::mac_failure);
    failures += answer.kind == support::CardAnswer::Kind::synchronisation_failure ? 1 : 0;
  }
  EXPECT_EQ(failures, 0) << "of " << authentications;
  RecordProperty("authentications", authentications);
}

TEST_F(Domains, a_card_far_ahead_is_healed_by_one_auts) {
  const auto before = auc::seq_of(card.array().sqn_ms(), 5);
  const auto challenge = ims(1);
  for (std::uint64_t ind = 0; ind < 32; ++ind) {  // every slot, those of IMS included
    ASSERT_TRUE(card.array().accept({(before + 1000000 + ind) << 5U | ind}));
  }
  const auto refused = card.authenticate(challenge[0].rand, challenge[0].autn);
  ASSERT_EQ(refused.kind, support::CardAnswer::Kind::synchronisation_failure);
  std::vector<std::uint8_t> authorization(challenge[0].rand.octets.begin(), challenge[0].rand.octets.end());
  authorization.insert(authorization.end(), refused.auts.octets.begin(), refused.auts.octets.end());
  request.authorization = authorization;
  const auto key = store.keys_of(std::array{std::string(impi)}).front();
  checked = hss::CheckedAuts{
      key, auc::open_auts(token.session(0), token.session(0).load(*key), challenge[0].rand, refused.auts)};
  ASSERT_TRUE(checked->sqn_ms.has_value());
  const auto healed = ims(1);
  EXPECT_EQ(card.authenticate(healed[0].rand, healed[0].autn).kind, support::CardAnswer::Kind::accepted);
  request.authorization.reset();
  checked.reset();
  const auto next = other(auc::Domain::ps, 1);
  EXPECT_EQ(card.authenticate(next[0].rand, next[0].autn).kind, support::CardAnswer::Kind::accepted);
}

}  // namespace
