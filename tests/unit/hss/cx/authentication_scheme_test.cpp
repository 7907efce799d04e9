// SPDX-License-Identifier: Apache-2.0
// Schemes beside AKA on rows: who gets which, what they need, and what a Multimedia-Auth changes (TS 29.228 6.3.1).
#include "hss/cx/authentication_scheme.h"

#include "hss/cx/digest.h"
#include "hss/cx/multimedia_auth.h"
#include "tests/support/fake_store.h"
#include "tests/support/soft_token.h"

#include <gtest/gtest.h>

#include <string>

namespace {

using hss::Outcome;
using hss::RegistrationState;
using hss::Scheme;

std::optional<Scheme> resolved(Scheme asked, std::vector<Scheme> allowed, bool unknown_for_all = true) {
  return hss::resolve_scheme(asked, allowed, unknown_for_all);
}

TEST(AuthenticationScheme, what_is_asked_for_by_name_must_be_allowed) {
  const std::vector<Scheme> all{Scheme::aka, Scheme::sip_digest, Scheme::nass_bundled, Scheme::giba};
  for (const Scheme scheme : all) {
    EXPECT_EQ(resolved(scheme, all), scheme);
    EXPECT_EQ(resolved(scheme, {scheme}), scheme);
    EXPECT_EQ(resolved(scheme, {}), std::nullopt);
  }
  EXPECT_EQ(resolved(Scheme::sip_digest, {Scheme::aka}), std::nullopt);
  EXPECT_EQ(resolved(Scheme::unsupported, all), std::nullopt);
}

TEST(AuthenticationScheme, unknown_is_the_first_of_the_users_own) {
  EXPECT_EQ(resolved(Scheme::unknown, {Scheme::sip_digest, Scheme::aka}), Scheme::sip_digest);
  EXPECT_EQ(resolved(Scheme::unknown, {Scheme::aka, Scheme::sip_digest}), Scheme::aka);
  EXPECT_EQ(resolved(Scheme::unknown, {Scheme::giba}), Scheme::giba);
  EXPECT_EQ(resolved(Scheme::unknown, {}), std::nullopt);
}

TEST(AuthenticationScheme, the_standard_knows_unknown_for_digest_and_nass_alone) {
  EXPECT_EQ(resolved(Scheme::unknown, {Scheme::sip_digest}, false), Scheme::sip_digest);
  EXPECT_EQ(resolved(Scheme::unknown, {Scheme::nass_bundled}, false), Scheme::nass_bundled);
  EXPECT_EQ(resolved(Scheme::unknown, {Scheme::aka}, false), std::nullopt);
  EXPECT_EQ(resolved(Scheme::unknown, {Scheme::giba}, false), std::nullopt);
  EXPECT_EQ(resolved(Scheme::giba, {Scheme::giba}, false), Scheme::giba);
}

TEST(AuthenticationScheme, static_data_that_lack_are_a_scheme_that_lacks_and_an_address_may_come) {
  hss::SchemeData nothing;
  for (const hss::SchemeData* data : {static_cast<const hss::SchemeData*>(nullptr), &std::as_const(nothing)}) {
    EXPECT_EQ(hss::check_scheme_data(Scheme::sip_digest, data), Outcome::auth_scheme_not_supported);
    EXPECT_EQ(hss::check_scheme_data(Scheme::nass_bundled, data), Outcome::auth_scheme_not_supported);
    EXPECT_EQ(hss::check_scheme_data(Scheme::giba, data), Outcome::unable_to_comply);
    EXPECT_EQ(hss::check_scheme_data(Scheme::aka, data), Outcome::success);
  }
}

TEST(AuthenticationScheme, names_are_echoed_but_for_unknown) {
  EXPECT_EQ(hss::answered_name("digest-AKAv2-sha-256", Scheme::aka), "digest-AKAv2-sha-256");
  EXPECT_EQ(hss::answered_name("UNKNOWN", Scheme::aka), "Digest-AKAv1-MD5");
  EXPECT_EQ(hss::answered_name("Unknown", Scheme::sip_digest), "SIP Digest");
  EXPECT_EQ(hss::answered_name("unknown", Scheme::nass_bundled), "NASS-Bundled");
  EXPECT_EQ(hss::answered_name("Unknown", Scheme::giba), "Early-IMS-Security");
}

// One user without a credential.
class SchemeOnRows : public testing::Test {
 protected:
  SchemeOnRows() {
    data->digest = hss::DigestRow{"ims.test", 1, {1}, {}};
    data->lines = {"line"};
    data->address = hss::UeAddress{};
    hss::SubscriptionRow subscription;
    subscription.id = 3;
    transaction.rows.subscriptions = {subscription};
    transaction.rows.sets = {{5, RegistrationState::not_registered}};
    transaction.rows.impi_sets = {{1, 5}};
    hss::AuthenticationRows::Member member;
    member.has_impi = member.has_impu = member.impu_is_distinct_pui = true;
    member.schemes = {Scheme::sip_digest, Scheme::nass_bundled, Scheme::giba};
    member.subscription = member.set = member.impi_set = 0;
    member.scheme_data = data;
    transaction.rows.members = {member};
    request.impi = "a@ims.test";
    request.impu = "sip:a@ims.test";
    request.server_name = "sip:scscf.ims.test";
    request.requester = {"scscf.ims.test", "ims.test"};
  }

  hss::AuthenticationDecision run(std::string scheme) {
    request.scheme_name = std::move(scheme);
    const hss::AuthenticationCase work{&request, {}};
    return hss::authenticate(transaction, std::span(&work, 1), policy, {}).front();
  }
  void assign(const char* name, RegistrationState state) {
    transaction.rows.subscriptions[0].scscf_name = name;
    transaction.rows.sets[0].state = state;
  }
  bool pending() const { return transaction.committed.impi_sets[0].auth_pending; }

  std::shared_ptr<hss::SchemeData> data = std::make_shared<hss::SchemeData>();
  tests::FakeTransaction transaction;
  hss::AuthenticationPolicy policy;
  hss::MultimediaAuthRequest request;
};

TEST_F(SchemeOnRows, success_brings_the_data_and_no_numbers) {
  for (const auto& [name, scheme] : {std::pair{"SIP Digest", Scheme::sip_digest},
                                     {"NASS-Bundled", Scheme::nass_bundled},
                                     {"Early-IMS-Security", Scheme::giba},
                                     {"Unknown", Scheme::sip_digest}}) {
    const auto decision = run(name);
    EXPECT_EQ(decision.outcome, Outcome::success) << name;
    EXPECT_EQ(decision.scheme, scheme);
    EXPECT_EQ(decision.data, data);
    EXPECT_TRUE(decision.sqns.empty());
    EXPECT_EQ(decision.key, nullptr);
  }
}

TEST_F(SchemeOnRows, the_store_is_told_what_each_request_needs) {
  run("SIP Digest");
  EXPECT_EQ(transaction.asked, std::vector{Scheme::sip_digest});
  EXPECT_FALSE(hss::needs_credential(Scheme::sip_digest));
  EXPECT_TRUE(hss::needs_scheme_data(Scheme::sip_digest));
  run("Digest-AKAv1-MD5");
  EXPECT_EQ(transaction.asked, std::vector{Scheme::aka});
  EXPECT_TRUE(hss::needs_credential(Scheme::aka));
  EXPECT_FALSE(hss::needs_scheme_data(Scheme::aka));
  EXPECT_TRUE(hss::needs_credential(Scheme::unknown) && hss::needs_scheme_data(Scheme::unknown));
  EXPECT_FALSE(hss::needs_credential(Scheme::unsupported) || hss::needs_scheme_data(Scheme::unsupported));
}

TEST_F(SchemeOnRows, digest_becomes_pending_and_bundled_schemes_do_not) {
  for (const auto state : {RegistrationState::not_registered, RegistrationState::unregistered}) {
    assign("sip:other.ims.test", state);
    run("NASS-Bundled");
    EXPECT_FALSE(pending());
    EXPECT_EQ(transaction.committed.subscriptions[0].scscf_name, "sip:scscf.ims.test");
    run("Early-IMS-Security");
    EXPECT_FALSE(pending());
    run("SIP Digest");
    EXPECT_TRUE(pending());
  }
}

TEST_F(SchemeOnRows, a_registered_user_becomes_pending_with_another_name_whatever_the_scheme) {
  for (const char* name : {"SIP Digest", "NASS-Bundled", "Early-IMS-Security"}) {
    assign("sip:other.ims.test", RegistrationState::registered);
    run(name);
    EXPECT_TRUE(pending()) << name;
    assign("sip:scscf.ims.test", RegistrationState::registered);
    run(name);
    EXPECT_FALSE(pending()) << name;
  }
}

TEST_F(SchemeOnRows, an_auts_is_for_aka) {
  for (const std::size_t size : {0U, 29U, 30U}) {
    request.authorization.emplace(size, 0);
    for (const char* name : {"SIP Digest", "NASS-Bundled", "Early-IMS-Security", "Unknown"}) {
      EXPECT_EQ(run(name).outcome, Outcome::authorization_not_allowed) << name << size;
      EXPECT_FALSE(transaction.committed.subscriptions[0].changed);
    }
  }
}

TEST_F(SchemeOnRows, what_lacks_its_data_changes_nothing) {
  *data = {};
  for (const char* name : {"SIP Digest", "NASS-Bundled", "Early-IMS-Security"}) {
    EXPECT_NE(run(name).outcome, Outcome::success) << name;
    EXPECT_FALSE(transaction.committed.subscriptions[0].scscf_name.has_value());
    EXPECT_FALSE(pending());
  }
}

std::string text_of(hsm::Bytes octets) { return {octets.begin(), octets.end()}; }

TEST(Digest, is_opened_as_digits_in_lower_case) {
  support::SoftToken token;  // what is sealed for it lies in the clear
  // spec/vectors/misc.json, sip_digest_ha1
  const std::vector<std::uint8_t> md5{0x89, 0xae, 0x26, 0xbd, 0x8d, 0xb3, 0xf9, 0xbf,
                                      0xe6, 0xda, 0x38, 0xda, 0x81, 0xcc, 0xde, 0x8b};
  const auto opened = hss::open_digest(token, "alice@example.test", {"example.test", 1, md5, {}});
  EXPECT_EQ(opened.realm, "example.test");
  EXPECT_EQ(text_of(opened.md5.digits.view()), "89ae26bd8db3f9bfe6da38da81ccde8b");
  EXPECT_FALSE(opened.sha256.has_value());
  const auto both = hss::open_digest(token, "a@b", {"b", 1, md5, std::vector<std::uint8_t>(32, 0xf0)});
  EXPECT_EQ(text_of(both.sha256.value().digits.view()).substr(0, 4), "f0f0");
}

TEST(Digest, of_a_wrong_length_is_refused) {
  support::SoftToken token;
  const std::vector<std::uint8_t> md5(16, 1);
  EXPECT_THROW(hss::open_digest(token, "a@b", {"b", 1, std::vector<std::uint8_t>(15, 1), {}}), hsm::Error);
  EXPECT_THROW(hss::open_digest(token, "a@b", {"b", 1, md5, md5}), hsm::Error);
}

TEST(Digest, binding_tells_identity_realm_and_algorithm_apart) {
  const auto binding = hss::digest_binding("a@b", "c", hss::DigestAlgorithm::md5);
  EXPECT_EQ(binding.front(), 0) << "a credential's binding begins with its name";
  EXPECT_NE(binding, hss::digest_binding("a@b", "c", hss::DigestAlgorithm::sha256));
  EXPECT_NE(binding, hss::digest_binding("a@bc", "", hss::DigestAlgorithm::md5));
  EXPECT_NE(binding, hss::digest_binding("a@", "bc", hss::DigestAlgorithm::md5));
}

}  // namespace
