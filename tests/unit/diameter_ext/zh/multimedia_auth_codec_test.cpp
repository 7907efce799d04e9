// SPDX-License-Identifier: Apache-2.0
// Multimedia-Auth of Zh between octets and plain values (TS 29.109 4.2, 6.3).
#include "diameter_ext/zh/multimedia_auth_codec.h"

#include "diameter_ext/zh/application.h"
#include "support/codec_scene.h"

#include <numeric>

namespace {

using support::avp_octets;
using support::avp_text;
using support::base_result;
using support::cx_result;
using support::group_3gpp;
using support::no_m;
using support::Octets;
using support::text_3gpp;
using support::u32_3gpp;
using support::operator+;

Octets counted(std::size_t size, std::uint8_t first) {
  Octets out(size);
  std::iota(out.begin(), out.end(), first);
  return out;
}
Octets octets_3gpp(std::uint32_t code, const Octets& data) { return avp_octets(code, support::v3gpp, data); }

const Octets user = avp_text(1, 0, "u@IMS.test");
const Octets identity = text_3gpp(601, "sip:u@IMS.test;lr");
const Octets scheme = text_3gpp(608, "Digest-AKAv1-MD5");
Octets item(const Octets& inside) { return group_3gpp(612, inside); }
Octets guss_timestamp(std::uint32_t value) { return u32_3gpp(409, value, no_m); }

using ZhMultimediaAuthCodec =
    support::CodecScene<diameter_ext::zh::MultimediaAuthCodec, 303, 16777221, diameter_ext::zh::application>;

hss::zh::MultimediaAuthAnswer success() {
  hss::zh::MultimediaAuthAnswer out;
  out.outcome = hss::Outcome::success;
  out.scheme_name = "Digest-AKAv1-MD5";
  auc::Vector& vector = out.vector.emplace();
  std::ranges::copy(counted(16, 1), vector.rand.octets.begin());
  std::ranges::copy(counted(16, 17), vector.autn.octets.begin());
  std::ranges::copy(counted(8, 33), vector.xres.octets.edit().begin());
  std::ranges::copy(counted(16, 41), vector.ck.octets.edit().begin());
  std::ranges::copy(counted(16, 57), vector.ik.octets.edit().begin());
  return out;
}
const Octets vector_item =
    item(u32_3gpp(613, 1) + scheme + octets_3gpp(609, counted(32, 1)) + octets_3gpp(610, counted(8, 33)) +
         octets_3gpp(625, counted(16, 41)) + octets_3gpp(626, counted(16, 57)));

TEST_F(ZhMultimediaAuthCodec, reads_nothing_where_nothing_is_sent) {
  const Request plain = decoded({});
  EXPECT_EQ(plain.impi, "");
  EXPECT_EQ(plain.impu, "");
  EXPECT_FALSE(plain.scheme_name || plain.authorization || plain.guss_timestamp);
  EXPECT_EQ(plain.requester.host, "cscf.ims.test");
}

TEST_F(ZhMultimediaAuthCodec, reads_all_that_there_may_be) {
  const Request plain =
      decoded(user + identity + item(scheme + octets_3gpp(610, counted(30, 1))) + guss_timestamp(4'000'000'000));
  EXPECT_EQ(plain.impi, "u@ims.test");
  EXPECT_EQ(plain.impu, "sip:u@ims.test");
  EXPECT_EQ(plain.scheme_name, "Digest-AKAv1-MD5");
  EXPECT_EQ(plain.authorization, counted(30, 1));
  EXPECT_EQ(plain.guss_timestamp, 4'000'000'000U);
}

TEST_F(ZhMultimediaAuthCodec, reads_no_authorization_beside_the_item) {  // that is Cx's, for OpenSIPS
  EXPECT_FALSE(decoded(user + item(scheme) + octets_3gpp(610, counted(30, 1))).authorization);
}

TEST_F(ZhMultimediaAuthCodec, refuses_an_item_without_a_scheme) {
  expect_refusal(user + item({}), 5005, text_3gpp(608, ""));
}

TEST_F(ZhMultimediaAuthCodec, refuses_a_timestamp_of_another_length) {
  const Octets wrong = avp_octets(409, support::v3gpp, counted(3, 1), no_m);
  expect_refusal(user + wrong, 5004, wrong);
}

TEST_F(ZhMultimediaAuthCodec, writes_one_vector) {
  expect_answer(user, success(), base_result(2001), user + vector_item);
  expect_answer(user + identity, success(), base_result(2001), user + identity + vector_item);
}

TEST_F(ZhMultimediaAuthCodec, writes_the_settings_with_their_time) {
  auto answer = success();
  answer.settings = hss::zh::ToldSettings{"<guss/>", 4'000'000'000};
  expect_answer(user, answer, base_result(2001),
                user + vector_item + text_3gpp(400, "<guss/>") + guss_timestamp(4'000'000'000));
}

TEST_F(ZhMultimediaAuthCodec, writes_nothing_with_an_error) {
  for (const auto& [outcome, code] :
       {std::pair(hss::Outcome::identity_unknown, 5401U), std::pair(hss::Outcome::not_authorized, 5402U)}) {
    auto answer = success();
    answer.outcome = outcome;
    answer.settings = hss::zh::ToldSettings{"<guss/>", 1};
    expect_answer(user, answer, cx_result(code), user);
  }
}

}  // namespace
