// SPDX-License-Identifier: Apache-2.0
// User-Authorization between octets and plain values (TS 29.229 6.1.1, 6.1.2).
#include "diameter_ext/cx/user_authorization_codec.h"

#include "support/codec_scene.h"

namespace {

using support::avp_text;
using support::base_result;
using support::cx_result;
using support::features;
using support::group_3gpp;
using support::no_m;
using support::Octets;
using support::text_3gpp;
using support::u32_3gpp;
using support::operator+;

const Octets user = avp_text(1, 0, "u@IMS.test");
const Octets identity = text_3gpp(601, "sip:u@IMS.test:5060");
const Octets network = text_3gpp(600, "\"Ims.MNC002.test\"");
const Octets least = user + identity + network;
Octets type(std::uint32_t value) { return u32_3gpp(623, value); }
Octets flags(std::uint32_t value) { return u32_3gpp(637, value, no_m); }

using UserAuthorizationCodec = support::CodecScene<diameter_ext::UserAuthorizationCodec, 300>;

TEST_F(UserAuthorizationCodec, reads_what_must_be_there_in_canonical_form) {
  const Request plain = decoded(least);
  EXPECT_EQ(plain.impi, "u@ims.test");
  EXPECT_EQ(plain.impu, "sip:u@ims.test");
  EXPECT_EQ(plain.visited_network, "ims.mnc002.test");
  EXPECT_EQ(plain.requester.host, "cscf.ims.test");
  EXPECT_EQ(plain.requester.realm, "ims.test");
}

TEST_F(UserAuthorizationCodec, takes_what_is_absent_for_an_ordinary_registration) {
  const Request plain = decoded(least);
  EXPECT_EQ(plain.type, hss::AuthorizationType::registration);
  EXPECT_FALSE(plain.emergency);
  EXPECT_FALSE(plain.server_name_first);  // no AVP says so
  EXPECT_FALSE(plain.features.sent);
}

TEST_F(UserAuthorizationCodec, reads_every_type) {  // TS 29.229 6.3.24
  EXPECT_EQ(decoded(least + type(0)).type, hss::AuthorizationType::registration);
  EXPECT_EQ(decoded(least + type(1)).type, hss::AuthorizationType::deregistration);
  EXPECT_EQ(decoded(least + type(2)).type, hss::AuthorizationType::registration_and_capabilities);
  expect_refusal(least + type(3), 5004, type(3));
  expect_refusal(least + type(0xffffffff), 5004, type(0xffffffff));
}

TEST_F(UserAuthorizationCodec, reads_an_emergency_from_its_bit_alone) {  // TS 29.229 6.3.44
  EXPECT_TRUE(decoded(least + flags(1)).emergency);
  EXPECT_TRUE(decoded(least + flags(0xffffffff)).emergency);
  EXPECT_FALSE(decoded(least + flags(0xfffffffe)).emergency);
}

TEST_F(UserAuthorizationCodec, tells_features_that_are_required_from_those_that_are_there) {  // TS 29.229 7.2.1
  const auto sent = decoded(least + features(4) + features(2, true)).features;
  EXPECT_TRUE(sent.sent);
  EXPECT_EQ(sent.offered, 6U);
  EXPECT_EQ(sent.required, 2U);
  EXPECT_FALSE(sent.requires_unknown_list);
}

TEST_F(UserAuthorizationCodec, knows_no_other_list_of_features) {
  const auto offered = decoded(least + features(4, no_m, 2) + features(4, no_m, 1, 13019)).features;
  EXPECT_TRUE(offered.sent);
  EXPECT_EQ(offered.offered, 0U);
  EXPECT_FALSE(offered.requires_unknown_list);
  EXPECT_TRUE(decoded(least + features(4, true, 2)).features.requires_unknown_list);
}

TEST_F(UserAuthorizationCodec, refuses_text_that_is_none) {
  const Octets wrong = text_3gpp(600, "\xff");
  expect_refusal(user + identity + wrong, 5004, wrong);
}

TEST_F(UserAuthorizationCodec, writes_a_name) {
  expect_answer(least, {hss::Outcome::subsequent_registration, "sip:s.ims.test", std::nullopt}, cx_result(2002),
                text_3gpp(602, "sip:s.ims.test"));
}

TEST_F(UserAuthorizationCodec, writes_capabilities_in_the_order_of_the_group) {  // TS 29.229 6.3.4
  expect_answer(
      least, {hss::Outcome::first_registration, std::nullopt, hss::ServerCapabilities{{2, 1}, {3}, {"sip:b", "sip:a"}}},
      cx_result(2001),
      group_3gpp(603, u32_3gpp(604, 2) + u32_3gpp(604, 1) + u32_3gpp(605, 3) + text_3gpp(602, "sip:b") +
                          text_3gpp(602, "sip:a")));
}

TEST_F(UserAuthorizationCodec, writes_an_error_alone) {
  expect_answer(least, {hss::Outcome::user_unknown, std::nullopt, std::nullopt}, cx_result(5001), {});
  expect_answer(least, {hss::Outcome::authorization_rejected, std::nullopt, std::nullopt}, base_result(5003), {});
}

TEST_F(UserAuthorizationCodec, tells_its_own_features_where_the_request_told_some) {
  expect_answer(least + features(1, true), {hss::Outcome::success, "sip:s", std::nullopt}, base_result(2001),
                support::own_features + text_3gpp(602, "sip:s"));
}

TEST_F(UserAuthorizationCodec,
       sets_the_error_bit_of_a_protocol_error_and_copies_the_proxiable_bit) {  // RFC 6733 3, 7.2
  expect_answer(least, {hss::Outcome::too_busy, std::nullopt, std::nullopt}, base_result(3004), {}, 0xc0, 0x60);
  expect_answer(least, {hss::Outcome::user_unknown, std::nullopt, std::nullopt}, cx_result(5001), {}, 0x80, 0x00);
  expect_answer(least, {hss::Outcome::user_unknown, std::nullopt, std::nullopt}, cx_result(5001), {}, 0xd0, 0x40);
}

}  // namespace
