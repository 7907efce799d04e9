// SPDX-License-Identifier: Apache-2.0
// Server-Assignment between octets and plain values (TS 29.229 6.1.3, 6.1.4).
#include "diameter_ext/cx/server_assignment_codec.h"

#include "support/codec_scene.h"

namespace {

using support::avp_octets;
using support::avp_text;
using support::base_result;
using support::cx_result;
using support::failed_avp;
using support::group_3gpp;
using support::no_m;
using support::Octets;
using support::text_3gpp;
using support::u32_3gpp;
using support::operator+;

const Octets user = avp_text(1, 0, "u@IMS.test");
Octets identity(std::string_view text) { return text_3gpp(601, text); }
const Octets server = text_3gpp(602, "sip:s.ims.test:6060");
Octets type(std::uint32_t value) { return u32_3gpp(614, value); }
Octets available(std::uint32_t value) { return u32_3gpp(624, value); }
const Octets around = user + identity("sip:u@IMS.test") + server;
const Octets least = around + type(1) + available(0);
const Octets& repeated = user;  // as it was sent

// AVPs of restoration information, none of which has the M bit (TS 29.229 6.3.46 to 6.3.54).
Octets plain_text(std::uint32_t code, std::string_view text) { return text_3gpp(code, text, no_m); }
Octets plain_group(std::uint32_t code, const Octets& inside) { return group_3gpp(code, inside, no_m); }
const Octets subscription =
    plain_group(642, plain_text(643, "call-2") + plain_text(644, "<sip:f>") + plain_text(645, "<sip:t>") +
                         plain_text(646, "<sip:rr;lr>") + plain_text(641, "<sip:c2>"));
const Octets p_cscf_subscription = plain_group(660, plain_text(643, "call-3") + plain_text(644, "<sip:pf>") +
                                                        plain_text(645, "<sip:pt>") + plain_text(641, "<sip:pc>"));
const Octets full_contact =
    plain_group(649, plain_text(640, "<sip:p;lr>") + plain_text(641, "<sip:c>") + u32_3gpp(654, 7, no_m) +
                         plain_text(643, "call-1") + subscription + p_cscf_subscription);
const Octets short_contact = plain_group(649, plain_text(640, "<sip:q;lr>") + plain_text(641, "<sip:d>"));
const Octets time_out = avp_octets(661, support::v3gpp, Octets{0xe8, 0x75, 0x14, 0x80}, no_m);
Octets restoration(const Octets& contacts, std::string_view impi) {
  return plain_group(639, avp_text(1, 0, impi) + contacts + time_out + text_3gpp(608, "Digest-AKAv1-MD5"));
}

hss::RestorationInfo full_restoration() {
  hss::RestorationInfo out;
  out.contacts = {{"<sip:p;lr>", "<sip:c>", 7, "call-1",
                   hss::RestorationDialog{"call-2", "<sip:f>", "<sip:t>", "<sip:rr;lr>", "<sip:c2>"},
                   hss::RestorationDialog{"call-3", "<sip:pf>", "<sip:pt>", "", "<sip:pc>"}},
                  {"<sip:q;lr>", "<sip:d>", std::nullopt, std::nullopt, std::nullopt, std::nullopt}};
  out.registration_time_out = 0xe8751480;
  out.scheme = "Digest-AKAv1-MD5";
  return out;
}

using ServerAssignmentCodec = support::CodecScene<diameter_ext::ServerAssignmentCodec, 301>;

TEST_F(ServerAssignmentCodec, reads_what_must_be_there) {
  const Request plain = decoded(least);
  EXPECT_EQ(plain.impi, "u@ims.test");
  EXPECT_EQ(plain.impus, std::vector<std::string>{"sip:u@ims.test"});
  EXPECT_EQ(plain.server_name, "sip:s.ims.test:6060");
  EXPECT_EQ(plain.requester.host, "cscf.ims.test");
  EXPECT_EQ(plain.requester.realm, "ims.test");
}

TEST_F(ServerAssignmentCodec, takes_what_is_absent_for_nothing) {
  const Request plain = decoded(server + type(4) + available(0));
  EXPECT_EQ(plain.impi, "");
  EXPECT_TRUE(plain.impus.empty());
  EXPECT_FALSE(plain.wildcard);
  EXPECT_FALSE(plain.restoration);
  EXPECT_FALSE(plain.multiple_registration);
  EXPECT_FALSE(plain.p_cscf_restoration);
  EXPECT_FALSE(plain.features.sent);
}

TEST_F(ServerAssignmentCodec, keeps_the_order_of_identities) {
  const Request plain = decoded(least + identity("tel:+1-202-5550101") + identity("sip:a@IMS.test:5060"));
  EXPECT_EQ(plain.impus, (std::vector<std::string>{"sip:u@ims.test", "tel:+12025550101", "sip:a@ims.test"}));
}

TEST_F(ServerAssignmentCodec, reads_every_type) {  // TS 29.229 6.3.15
  for (std::uint32_t value = 0; value <= 14; ++value) {
    EXPECT_EQ(static_cast<std::uint32_t>(decoded(around + type(value) + available(0)).type), value);
  }
  expect_refusal(around + type(15) + available(0), 5004, type(15));
}

TEST_F(ServerAssignmentCodec, reads_whether_data_are_there_already) {  // TS 29.229 6.3.26
  EXPECT_FALSE(decoded(around + type(1) + available(0)).data_available);
  EXPECT_TRUE(decoded(around + type(1) + available(1)).data_available);
  expect_refusal(around + type(1) + available(2), 5004, available(2));
}

TEST_F(ServerAssignmentCodec, reads_a_multiple_registration) {  // TS 29.229 6.3.51
  EXPECT_FALSE(decoded(least + u32_3gpp(648, 0, no_m)).multiple_registration);
  EXPECT_TRUE(decoded(least + u32_3gpp(648, 1, no_m)).multiple_registration);
  expect_refusal(least + u32_3gpp(648, 2, no_m), 5004, u32_3gpp(648, 2, no_m));
}

TEST_F(ServerAssignmentCodec, reads_p_cscf_restoration_from_its_bit_alone) {  // TS 29.229 6.3.61
  EXPECT_TRUE(decoded(least + u32_3gpp(655, 0xffffffff, no_m)).p_cscf_restoration);
  EXPECT_FALSE(decoded(least + u32_3gpp(655, 0xfffffffe, no_m)).p_cscf_restoration);
}

TEST_F(ServerAssignmentCodec, takes_priorities_from_0_to_4) {
  EXPECT_EQ(decoded(least + u32_3gpp(650, 4, no_m)).impi, "u@ims.test");
  expect_refusal(least + u32_3gpp(650, 5, no_m), 5004, u32_3gpp(650, 5, no_m));
}

TEST_F(ServerAssignmentCodec, reads_a_wildcard_in_canonical_form) {
  EXPECT_EQ(decoded(least + plain_text(634, "sip:pbx-!.*!@IMS.test")).wildcard, "sip:pbx-!.*!@ims.test");
}

TEST_F(ServerAssignmentCodec, reads_restoration_information_whole) {
  const auto read = decoded(least + restoration(full_contact + short_contact, "u@IMS.test")).restoration;
  ASSERT_TRUE(read);
  EXPECT_EQ(read->contacts, full_restoration().contacts);
  EXPECT_EQ(read->registration_time_out, 0xe8751480U);
  EXPECT_EQ(read->scheme, "Digest-AKAv1-MD5");
}

TEST_F(ServerAssignmentCodec, reads_features_retransmission_and_the_identifier_of_the_request) {
  const Request plain = decoded(least + support::features(3), 0xd0);
  EXPECT_EQ(plain.features.offered, 3U);
  EXPECT_TRUE(plain.retransmitted);
  EXPECT_EQ(plain.end_to_end, 0x05060708U);
  EXPECT_FALSE(decoded(least).retransmitted);
}

TEST_F(ServerAssignmentCodec, writes_everything_in_the_order_of_the_grammar) {
  Answer answer;
  answer.outcome = hss::Outcome::success;
  answer.user_data = "<IMSSubscription/>";
  answer.charging = hss::ChargingInformation{"aaa://e1", "aaa://e2", "aaa://c1", "aaa://c2"};
  answer.associated = {"u@ims.test", "v@ims.test"};
  answer.associated_registered = {"v@ims.test"};
  answer.loose_route = true;
  answer.restoration = {full_restoration()};
  answer.restoration[0].impi = "v@ims.test";
  answer.server_name = "sip:s.ims.test";
  answer.wildcard = "sip:pbx-!.*!@ims.test";
  answer.privileged_sender = false;
  const Octets charging = group_3gpp(618, text_3gpp(619, "aaa://e1") + text_3gpp(620, "aaa://e2") +
                                              text_3gpp(621, "aaa://c1") + text_3gpp(622, "aaa://c2"));
  expect_answer(least + support::features(0), answer, base_result(2001),
                support::own_features + repeated + text_3gpp(606, "<IMSSubscription/>") + charging +
                    plain_group(632, avp_text(1, 0, "u@ims.test") + avp_text(1, 0, "v@ims.test")) +
                    u32_3gpp(638, 1, no_m) + restoration(full_contact + short_contact, "v@ims.test") +
                    plain_group(647, avp_text(1, 0, "v@ims.test")) + text_3gpp(602, "sip:s.ims.test") +
                    plain_text(634, "sip:pbx-!.*!@ims.test") + u32_3gpp(652, 0, no_m));
}

TEST_F(ServerAssignmentCodec, writes_the_private_identity_that_was_chosen) {  // where the request has none
  Answer answer;
  answer.outcome = hss::Outcome::success;
  answer.user_name = "chosen@ims.test";
  expect_answer(identity("sip:u@ims.test") + server + type(3) + available(1), answer, base_result(2001),
                avp_text(1, 0, "chosen@ims.test"));
}

TEST_F(ServerAssignmentCodec, writes_who_is_assigned_beside_the_error) {
  Answer answer;
  answer.outcome = hss::Outcome::identity_already_registered;
  answer.server_name = "sip:other.ims.test";
  expect_answer(least, answer, cx_result(5005), repeated + text_3gpp(602, "sip:other.ims.test"));
}

TEST_F(ServerAssignmentCodec, tells_the_first_identity_too_many) {  // RFC 6733 7.1.5
  Answer answer;
  answer.outcome = hss::Outcome::too_many_identities;
  expect_answer(least + identity("sip:second@ims.test") + identity("sip:third@ims.test"), answer, base_result(5009),
                repeated + failed_avp(identity("sip:second@ims.test")));
}

TEST_F(ServerAssignmentCodec, gives_an_example_of_what_is_missing) {  // RFC 6733 7.5
  Answer answer;
  answer.outcome = hss::Outcome::missing_identity;
  expect_answer(user + server + type(1) + available(0), answer, base_result(5005), repeated + failed_avp(identity("")));
  answer.outcome = hss::Outcome::missing_user_name;
  expect_answer(identity("sip:u@ims.test") + server + type(1) + available(0), answer, base_result(5005),
                failed_avp(avp_text(1, 0, "")));
}

}  // namespace
