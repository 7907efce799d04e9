// SPDX-License-Identifier: Apache-2.0
// Multimedia-Auth between octets and plain values, every scheme (TS 29.229 6.1.7, 6.1.8, 6.3.13).
#include "diameter_ext/cx/multimedia_auth_codec.h"

#include "support/codec_scene.h"

#include <numeric>

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

constexpr std::uint32_t etsi = 13019;

Octets counted(std::size_t size, std::uint8_t first) {
  Octets out(size);
  std::iota(out.begin(), out.end(), first);
  return out;
}
Octets octets_3gpp(std::uint32_t code, const Octets& data) { return avp_octets(code, support::v3gpp, data); }

const Octets user = avp_text(1, 0, "u@IMS.test");
const Octets identity = text_3gpp(601, "sip:u@IMS.test;lr");
const Octets server = text_3gpp(602, "sip:S.ims.test:6060");
const Octets scheme = text_3gpp(608, "Digest-AKAv1-MD5");
Octets item(const Octets& inside) { return group_3gpp(612, inside); }
Octets count(std::uint32_t value) { return u32_3gpp(607, value); }
const Octets around = user + identity + count(3) + server;
const Octets least = around + item(scheme);
const Octets repeated = user + identity;  // as they were sent

using MultimediaAuthCodec = support::CodecScene<diameter_ext::MultimediaAuthCodec, 303>;

TEST_F(MultimediaAuthCodec, reads_what_must_be_there) {
  const Request plain = decoded(least);
  EXPECT_EQ(plain.impi, "u@ims.test");
  EXPECT_EQ(plain.impu, "sip:u@ims.test");
  EXPECT_EQ(plain.server_name, "sip:S.ims.test:6060");  // compared as a URI later, kept as it came
  EXPECT_EQ(plain.scheme_name, "Digest-AKAv1-MD5");
  EXPECT_EQ(plain.items, 3U);
  EXPECT_EQ(plain.requester.host, "cscf.ims.test");
  EXPECT_FALSE(plain.authorization);
  EXPECT_FALSE(plain.features.sent);
}

TEST_F(MultimediaAuthCodec, reads_features) {
  EXPECT_EQ(decoded(least + support::features(3, true)).features.required, 3U);
}

TEST_F(MultimediaAuthCodec, reads_an_authorization_of_any_length_inside_the_item) {
  const Octets rand_auts = counted(30, 1);
  EXPECT_EQ(decoded(around + item(scheme + octets_3gpp(610, rand_auts))).authorization, rand_auts);
  EXPECT_EQ(decoded(around + item(scheme + octets_3gpp(610, {7}))).authorization, Octets{7});
}

TEST_F(MultimediaAuthCodec, takes_rand_and_auts_beside_the_item_for_inside) {  // OpenSIPS
  const Octets rand_auts = counted(30, 1);
  EXPECT_EQ(decoded(least + octets_3gpp(610, rand_auts)).authorization, rand_auts);
  EXPECT_FALSE(decoded(least + octets_3gpp(610, counted(29, 1))).authorization);
  const Octets inside = counted(30, 9);
  EXPECT_EQ(decoded(around + item(scheme + octets_3gpp(610, inside)) + octets_3gpp(610, rand_auts)).authorization,
            inside);
}

TEST_F(MultimediaAuthCodec, refuses_an_item_without_a_scheme) {  // RFC 6733 7.5: an example of what is missing
  expect_refusal(around + item({}), 5005, text_3gpp(608, ""));
}

TEST_F(MultimediaAuthCodec, refuses_a_name_that_is_no_sip_uri) {
  const Octets wrong = text_3gpp(602, "s.ims.test");
  expect_refusal(user + identity + count(1) + wrong + item(scheme), 5004, wrong);
}

TEST_F(MultimediaAuthCodec, writes_vectors_in_their_order) {  // TS 29.229 6.3.10 to 6.3.12, 6.3.27, 6.3.28
  Answer answer;
  answer.outcome = hss::Outcome::success;
  answer.scheme_name = "Digest-AKAv2-SHA-256";
  Octets items;
  for (std::uint8_t i = 0; i < 2; ++i) {
    const auto base = static_cast<std::uint8_t>(100 * i);
    const Octets rand = counted(16, base + 1);
    const Octets autn = counted(16, base + 17);
    const Octets xres = counted(8, base + 33);
    const Octets ck = counted(16, base + 41);
    const Octets ik = counted(16, base + 57);
    auc::Vector& vector = answer.vectors.emplace_back();
    std::ranges::copy(rand, vector.rand.octets.begin());
    std::ranges::copy(autn, vector.autn.octets.begin());
    std::ranges::copy(xres, vector.xres.octets.edit().begin());
    std::ranges::copy(ck, vector.ck.octets.edit().begin());
    std::ranges::copy(ik, vector.ik.octets.edit().begin());
    items =
        items + item(u32_3gpp(613, i + 1U) + text_3gpp(608, "Digest-AKAv2-SHA-256") + octets_3gpp(609, rand + autn) +
                     octets_3gpp(610, xres) + octets_3gpp(625, ck) + octets_3gpp(626, ik));
  }
  expect_answer(least, answer, base_result(2001), repeated + count(2) + items);
}

hss::DigestData digest_data() {
  hss::DigestData out;
  out.realm = "digest.test";
  std::ranges::fill(out.md5.digits.edit(), 'a');
  return out;
}

TEST_F(MultimediaAuthCodec, writes_sip_digest) {  // TS 29.229 6.3.36; RFC 4590 numbers without vendor
  Answer answer;
  answer.outcome = hss::Outcome::success;
  answer.scheme_name = "SIP Digest";
  answer.digest = digest_data();
  const Octets md5 = avp_text(104, 0, "digest.test") + avp_text(111, 0, "MD5") + avp_text(110, 0, "auth") +
                     avp_text(121, 0, std::string(32, 'a'));
  const auto with = [](const Octets& inside) {
    return repeated + count(1) + item(text_3gpp(608, "SIP Digest") + group_3gpp(635, inside, no_m));
  };
  expect_answer(least, answer, base_result(2001), with(md5));
  std::ranges::fill(answer.digest->sha256.emplace().digits.edit(), 'b');
  expect_answer(least, answer, base_result(2001),
                with(md5 + text_3gpp(662, "SHA-256", no_m) + text_3gpp(663, std::string(64, 'b'), no_m)));
}

TEST_F(MultimediaAuthCodec, writes_every_line_of_nass_bundled) {  // any octets, of ETSI
  Answer answer;
  answer.outcome = hss::Outcome::success;
  answer.scheme_name = "NASS-Bundled";
  answer.lines = {"dsl-1", std::string("\0\xff", 2)};
  expect_answer(least, answer, base_result(2001),
                repeated + count(1) +
                    item(text_3gpp(608, "NASS-Bundled") + avp_text(500, etsi, "dsl-1", no_m) +
                         avp_octets(500, etsi, Octets{0, 0xff}, no_m)));
}

TEST_F(MultimediaAuthCodec, writes_an_ipv4_address_in_four_octets) {  // RFC 7155 4.4.10.5.1: no Address
  Answer answer;
  answer.outcome = hss::Outcome::success;
  answer.scheme_name = "Early-IMS-Security";
  answer.address = hss::UeAddress{false, {10, 45, 0, 7}, 0, std::nullopt};
  expect_answer(
      least, answer, base_result(2001),
      repeated + count(1) + item(text_3gpp(608, "Early-IMS-Security") + avp_octets(8, 0, Octets{10, 45, 0, 7})));
}

TEST_F(MultimediaAuthCodec, writes_of_an_ipv6_prefix_the_octets_that_it_has) {  // RFC 3162 2.3: a zero, then the bits
  Answer answer;
  answer.outcome = hss::Outcome::success;
  answer.scheme_name = "Early-IMS-Security";
  answer.address = hss::UeAddress{true, {0x20, 0x01, 0x0d, 0xb8, 0x12, 0x30}, 44, {{1, 2, 3, 4, 5, 6, 7, 8}}};
  expect_answer(least, answer, base_result(2001),
                repeated + count(1) +
                    item(text_3gpp(608, "Early-IMS-Security") +
                         avp_octets(97, 0, Octets{0, 44, 0x20, 0x01, 0x0d, 0xb8, 0x12, 0x30}) +
                         avp_octets(96, 0, Octets{1, 2, 3, 4, 5, 6, 7, 8})));
}

TEST_F(MultimediaAuthCodec, repeats_the_identities_in_errors_and_no_item) {  // Kamailio reads them before the result
  Answer answer;
  answer.outcome = hss::Outcome::auth_scheme_not_supported;
  answer.scheme_name = "SIP Digest";
  answer.digest = digest_data();
  expect_answer(least + support::features(0), answer, cx_result(5006), support::own_features + repeated);
}

TEST_F(MultimediaAuthCodec, tells_the_authorization_that_is_at_fault) {
  Answer answer;
  answer.outcome = hss::Outcome::invalid_authorization;
  const Octets authorization = octets_3gpp(610, counted(29, 1));
  expect_answer(around + item(scheme + authorization), answer, base_result(5004), repeated + failed_avp(authorization));
  answer.outcome = hss::Outcome::authorization_not_allowed;
  expect_answer(around + item(scheme + authorization), answer, base_result(5008), repeated + failed_avp(authorization));
}

}  // namespace
