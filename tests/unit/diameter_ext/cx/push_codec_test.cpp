// SPDX-License-Identifier: Apache-2.0
// RTR and PPR to octets, RTA and PPA back (TS 29.229 6.1.9 to 6.1.12).
#include "diameter_ext/cx/push_codec.h"

#include "support/codec_scene.h"

namespace {

using support::avp_text;
using support::avp_u32;
using support::base_result;
using support::cx_result;
using support::group_3gpp;
using support::no_m;
using support::Octets;
using support::text_3gpp;
using support::u32_3gpp;
using support::operator+;

const diameter_ext::Dictionary& dictionary() {
  static const auto defined = [] {
    support::start_library();
    static constexpr std::array all{&diameter_ext::cx::application};
    return diameter_ext::define_dictionary(all);
  }();
  return defined;
}

// What `Codec` writes into a message.
template <typename Codec, typename Request>
std::vector<std::string> written(const Request& request) {
  dictionary();
  const auto message = support::request_of(16777216, Codec::command, {}, 0xc0);
  diameter_ext::Writer writer(dictionary(), message.get());
  Codec::write(writer, request);
  std::uint8_t* buffer = nullptr;
  std::size_t length = 0;
  EXPECT_EQ(fd_msg_bufferize(message.get(), &buffer, &length), 0);
  const Octets whole(buffer + 20, buffer + length);
  std::free(buffer);
  return support::split(whole);
}

TEST(TerminationCodec, writes_everybody_that_it_is_about) {
  hss::TerminationRequest request;
  request.impi = "a@ims.test";
  request.associated = {"b@ims.test"};
  request.impus = {"sip:a@ims.test", "tel:+1"};
  request.reason = hss::DeregistrationReason::server_change;
  request.reason_info = "moving";
  EXPECT_EQ(written<diameter_ext::TerminationCodec>(request),
            support::split(avp_text(1, 0, "a@ims.test") + group_3gpp(632, avp_text(1, 0, "b@ims.test"), no_m) +
                           text_3gpp(601, "sip:a@ims.test") + text_3gpp(601, "tel:+1") +
                           group_3gpp(615, u32_3gpp(616, 2) + text_3gpp(617, "moving"))));
}

TEST(TerminationCodec, leaves_out_what_there_is_not) {
  hss::TerminationRequest request;
  request.impi = "a@ims.test";
  EXPECT_EQ(written<diameter_ext::TerminationCodec>(request),
            support::split(avp_text(1, 0, "a@ims.test") + group_3gpp(615, u32_3gpp(616, 0))));
}

TEST(ProfileCodec, writes_the_profile_with_its_form_and_charging) {
  hss::ProfileRequest request;
  request.impi = "a@ims.test";
  request.features = 3;
  request.user_data = "<x/>";
  request.charging.emplace().primary_collection = "aaa://ccf.test";
  EXPECT_EQ(written<diameter_ext::ProfileCodec>(request),
            support::split(avp_text(1, 0, "a@ims.test") + support::features(3) + text_3gpp(606, "<x/>") +
                           group_3gpp(618, text_3gpp(621, "aaa://ccf.test"))));
}

hss::PushAnswer decoded(const Octets& own) {
  dictionary();
  const auto message = support::request_of(16777216, 304, own, 0xc0);
  return diameter_ext::decode_push_answer(message.get());
}

TEST(PushAnswer, has_one_result_of_either_kind) {
  EXPECT_EQ(decoded(base_result(2001)).code, 2001U);
  EXPECT_EQ(decoded(base_result(2001)).vendor, 0U);
  EXPECT_EQ(decoded(cx_result(5008)).code, 5008U);
  EXPECT_EQ(decoded(cx_result(5008)).vendor, support::v3gpp);
  EXPECT_EQ(decoded({}).code, 0U);
}

TEST(PushAnswer, names_emergency_registrations_in_canonical_form) {
  const Octets pair = group_3gpp(651, avp_text(1, 0, "a@IMS.test") + text_3gpp(601, "SIP:a@IMS.test:5060"), no_m);
  const auto answer = decoded(base_result(2002) + pair);
  ASSERT_EQ(answer.emergencies.size(), 1U);
  EXPECT_EQ(answer.emergencies[0].impi, "a@ims.test");
  EXPECT_EQ(answer.emergencies[0].impu, "sip:a@ims.test");
}

TEST(PushAnswer, is_bounded) {
  Octets many = base_result(2002);
  for (int i = 0; i < 100; ++i) {
    many = many + group_3gpp(651, avp_text(1, 0, "a@ims.test"), no_m);
  }
  EXPECT_EQ(decoded(many).emergencies.size(), 64U);
}

}  // namespace
