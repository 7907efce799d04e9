// SPDX-License-Identifier: Apache-2.0
// Which rule a request breaks and what is at fault, on real messages (RFC 6733 7.1.5).
#include "diameter_ext/dictionary/check.h"

#include "diameter_ext/application.h"
#include "diameter_ext/dictionary/define.h"
#include "support/diameter_library.h"

#include <gtest/gtest.h>

#include <array>

namespace {

using diameter_ext::avp;
using diameter_ext::grammar;
using support::avp_octets;
using support::avp_text;
using support::avp_u32;
using support::Octets;
using support::operator+;

constexpr std::uint32_t application_id = 16777300;
constexpr std::uint32_t command_code = 8388700;

constexpr auto of_command =
    grammar("< Session-Id > { User-Name } *2[ Public-Identity ] [ SIP-Auth-Data-Item ] 1*{ Contact }");
constexpr std::array groups{
    diameter_ext::GroupRow{avp("SIP-Auth-Data-Item"), grammar("{ SIP-Authentication-Scheme } [ SIP-Item-Number ]")}};

const Octets session = avp_text(263, 0, "a;1;2");
const Octets user = avp_text(1, 0, "u@ims.test");
const Octets contact = avp_text(641, 10415, "<sip:c>", false);
Octets identity(std::string_view name) { return avp_text(601, 10415, name); }
Octets item(const Octets& inside) { return avp_octets(612, 10415, inside); }
const Octets scheme = avp_text(608, 10415, "x");

class CheckGrammar : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    support::start_library();
    static constexpr std::array commands{
        diameter_ext::CommandRow{command_code, "TTR", "Test-Request", "Test-Answer", of_command, {}}};
    static const diameter_ext::Application application{application_id, 10415, "Test", commands, groups, nullptr};
    static constexpr std::array all{&application};
    diameter_ext::define_dictionary(all);
  }

  std::optional<diameter_ext::DecodeFailure> check(const Octets& avps) {
    message_ = support::request_of(application_id, command_code, avps);
    return diameter_ext::check_grammar(of_command, groups, diameter_ext::look_at(message_.get()).avps);
  }
  void expect_missing(const Octets& avps, diameter_ext::Avp which) {
    const auto failure = check(avps);
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->code, 5005U);
    EXPECT_EQ(failure->missing, which);
    EXPECT_EQ(failure->at_fault, nullptr);
  }
  // The AVP at fault has this text.
  void expect_surplus(const Octets& avps, std::string_view text) {
    const auto failure = check(avps);
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->code, 5009U);
    EXPECT_FALSE(failure->missing.has_value());
    EXPECT_EQ(diameter_ext::received(failure->at_fault).text(), text);
  }

 private:
  diameter_ext::Message message_;
};

TEST_F(CheckGrammar, finds_nothing_in_what_obeys) {
  EXPECT_FALSE(check(session + user + contact));
  EXPECT_FALSE(check(session + contact + contact + item(scheme) + identity("a") + user + identity("b")));
}

TEST_F(CheckGrammar, lets_other_avps_stand_anywhere) {
  EXPECT_FALSE(check(session + avp_u32(654, 10415, 1, false) + user + avp_text(9999, 4711, "x", false) + contact));
}

TEST_F(CheckGrammar, wants_what_is_required) {
  expect_missing(session + contact, avp("User-Name"));
  expect_missing(session + user, avp("Contact"));
  expect_missing(user + contact, avp("Session-Id"));
}

TEST_F(CheckGrammar, takes_what_is_not_at_its_place_for_missing) {
  expect_missing(user + session + contact, avp("Session-Id"));
}

TEST_F(CheckGrammar, names_the_first_one_too_many) {
  expect_surplus(session + user + avp_text(1, 0, "second@ims.test") + avp_text(1, 0, "third@ims.test") + contact,
                 "second@ims.test");
  expect_surplus(session + user + contact + identity("a") + identity("b") + identity("third") + identity("d"), "third");
}

TEST_F(CheckGrammar, tells_the_first_rule_of_the_grammar_that_is_broken) {
  expect_missing(session + identity("a") + identity("b") + identity("c"), avp("User-Name"));
  expect_surplus(session + user + identity("a") + identity("b") + identity("c"), "c");
}

TEST_F(CheckGrammar, looks_into_groups_before) {
  expect_missing(session + item({}), avp("SIP-Authentication-Scheme"));
  expect_surplus(session + user + contact + item(scheme + avp_text(608, 10415, "again")), "again");
}

}  // namespace
