// SPDX-License-Identifier: Apache-2.0
// Location-Info between octets and plain values (TS 29.229 6.1.5, 6.1.6).
#include "diameter_ext/cx/location_info_codec.h"

#include "support/codec_scene.h"

namespace {

using support::base_result;
using support::cx_result;
using support::features;
using support::group_3gpp;
using support::no_m;
using support::Octets;
using support::text_3gpp;
using support::u32_3gpp;
using support::operator+;

const Octets identity = text_3gpp(601, "tel:+1-202-555-0101;ext=1");
Octets originating(std::uint32_t value) { return u32_3gpp(633, value); }
Octets type(std::uint32_t value) { return u32_3gpp(623, value); }
Octets priority(std::uint32_t value) { return u32_3gpp(650, value, no_m); }

using LocationInfoCodec = support::CodecScene<diameter_ext::LocationInfoCodec, 302>;

TEST_F(LocationInfoCodec, reads_the_identity_in_canonical_form) {
  const Request plain = decoded(identity);
  EXPECT_EQ(plain.impu, "tel:+12025550101");
  EXPECT_EQ(plain.requester.host, "cscf.ims.test");
  EXPECT_EQ(plain.requester.realm, "ims.test");
}

TEST_F(LocationInfoCodec, takes_what_is_absent_for_a_terminating_request) {
  const Request plain = decoded(identity);
  EXPECT_FALSE(plain.originating);
  EXPECT_EQ(plain.type, hss::AuthorizationType::registration);
  EXPECT_FALSE(plain.features.sent);
}

TEST_F(LocationInfoCodec, reads_an_originating_request) {  // TS 29.229 6.3.34: 0 is the only value
  EXPECT_TRUE(decoded(identity + originating(0)).originating);
  expect_refusal(identity + originating(1), 5004, originating(1));
}

TEST_F(LocationInfoCodec, reads_every_type) {
  EXPECT_EQ(decoded(identity + type(1)).type, hss::AuthorizationType::deregistration);
  EXPECT_EQ(decoded(identity + type(2)).type, hss::AuthorizationType::registration_and_capabilities);
  expect_refusal(identity + type(3), 5004, type(3));
}

TEST_F(LocationInfoCodec, takes_priorities_from_0_to_4) {  // TS 29.229 6.3.56
  for (std::uint32_t level = 0; level <= 4; ++level) {
    EXPECT_EQ(decoded(identity + priority(level)).impu, "tel:+12025550101");
  }
  expect_refusal(identity + priority(5), 5004, priority(5));
}

TEST_F(LocationInfoCodec, reads_features) {
  const auto sent = decoded(identity + features(4, true)).features;
  EXPECT_TRUE(sent.sent);
  EXPECT_EQ(sent.required, 4U);
}

TEST_F(LocationInfoCodec, writes_name_wildcard_and_flags_in_the_order_of_the_grammar) {
  Answer answer;
  answer.outcome = hss::Outcome::success;
  answer.server_name = "sip:as.ims.test";
  answer.wildcard = "sip:chat-!.*!@ims.test";
  answer.psi_direct_routing = true;
  expect_answer(identity + features(0), answer, base_result(2001),
                support::own_features + text_3gpp(602, "sip:as.ims.test") +
                    text_3gpp(634, "sip:chat-!.*!@ims.test", no_m) + u32_3gpp(653, 1, no_m));
}

TEST_F(LocationInfoCodec, writes_capabilities) {
  Answer answer;
  answer.outcome = hss::Outcome::unregistered_service;
  answer.capabilities = hss::ServerCapabilities{{1}, {}, {}};
  expect_answer(identity, answer, cx_result(2003), group_3gpp(603, u32_3gpp(604, 1)));
}

TEST_F(LocationInfoCodec, writes_an_error_alone) {
  Answer answer;
  answer.outcome = hss::Outcome::identity_not_registered;
  expect_answer(identity, answer, cx_result(5003), {});
}

}  // namespace
