// SPDX-License-Identifier: Apache-2.0
// A codec between octets that a test writes by hand, with the numbers of TS 29.229 6.3, and plain values.
#pragma once

#include "diameter_ext/cx/application.h"
#include "support/diameter_library.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace support {

inline constexpr std::uint32_t v3gpp = 10415;
inline constexpr bool no_m = false;  // the M bit of an AVP that must not have it

inline Octets text_3gpp(std::uint32_t code, std::string_view text, bool mandatory = true) {
  return avp_text(code, v3gpp, text, mandatory);
}
inline Octets u32_3gpp(std::uint32_t code, std::uint32_t value, bool mandatory = true) {
  return avp_u32(code, v3gpp, value, mandatory);
}
inline Octets group_3gpp(std::uint32_t code, const Octets& inside, bool mandatory = true) {
  return avp_octets(code, v3gpp, inside, mandatory);
}
inline Octets group(std::uint32_t code, const Octets& inside) { return avp_octets(code, 0, inside); }

// The AVPs of which these octets consist, in hexadecimal, each with its padding.
inline std::vector<std::string> split(const Octets& avps) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::vector<std::string> out;
  for (std::size_t at = 0; at + 8 <= avps.size();) {
    const std::size_t length = avps[at + 5] * 65536U + avps[at + 6] * 256U + avps[at + 7];
    std::string& one = out.emplace_back();
    for (const std::size_t end = at + std::max<std::size_t>((length + 3) / 4 * 4, 8); at < end && at < avps.size();
         ++at) {
      one += digits[avps[at] >> 4U];
      one += digits[avps[at] & 15U];
    }
  }
  return out;
}

// RFC 6733 7.5
inline Octets failed_avp(const Octets& inside) { return group(279, inside); }
// Result-Code, or Experimental-Result of 3GPP (TS 29.229 6.2).
inline Octets base_result(std::uint32_t code) { return avp_u32(268, 0, code); }
inline Octets cx_result(std::uint32_t code) { return group(297, avp_u32(266, 0, v3gpp) + avp_u32(298, 0, code)); }
// Supported-Features (TS 29.229 7.1.1).
inline Octets features(std::uint32_t bits, bool mandatory = no_m, std::uint32_t list = 1,
                       std::uint32_t vendor = v3gpp) {
  return group_3gpp(628, avp_u32(266, 0, vendor) + u32_3gpp(629, list, no_m) + u32_3gpp(630, bits, no_m), mandatory);
}
inline const Octets own_features = features(7);  // SiFC, AliasInd, IMSRestorationInd

// `application_id` is what stands in the octets; `of` is the table that answers are made by.
template <typename Codec, std::uint32_t code, std::uint32_t application_id = 16777216,
          const diameter_ext::Application& of = diameter_ext::cx::application>
class CodecScene : public testing::Test {
 protected:
  using Request = typename Codec::Request;
  using Answer = typename Codec::Answer;

  static const diameter_ext::Dictionary& dictionary() {
    static const auto defined = [] {
      start_library();
      static constexpr std::array all{&of};
      return diameter_ext::define_dictionary(all);
    }();
    return defined;
  }

  // A request whose own AVPs are these; the rest is what every request has (TS 29.229 6.1).
  static diameter_ext::Message request(const Octets& own, std::uint8_t flags = 0xc0) {
    dictionary();
    return request_of(application_id, code,
                      session() + application() + no_state() + avp_text(264, 0, "CSCF.ims.TEST") +
                          avp_text(296, 0, "IMS.test") + avp_text(283, 0, "ims.test") + own,
                      flags);
  }

  static diameter_ext::Decoded<Request> decode(const Octets& own, std::uint8_t flags = 0xc0) {
    const auto message = request(own, flags);
    return Codec::decode(diameter_ext::look_at(message.get()));
  }
  static Request decoded(const Octets& own, std::uint8_t flags = 0xc0) {
    auto out = decode(own, flags);
    EXPECT_TRUE(std::holds_alternative<Request>(out));
    return std::holds_alternative<Request>(out) ? std::get<Request>(std::move(out)) : Request{};
  }

  // It is refused with this code, and Failed-AVP holds this.
  static void expect_refusal(const Octets& own, std::uint32_t result, const Octets& fault) {
    auto message = request(own);
    const auto out = Codec::decode(diameter_ext::look_at(message.get()));
    ASSERT_TRUE(std::holds_alternative<diameter_ext::DecodeFailure>(out));
    const auto answer = diameter_ext::encode_failure(style(), message, std::get<diameter_ext::DecodeFailure>(out));
    const auto said = split(octets_of(answer));
    const auto wanted = split(base_result(result) + failed_avp(fault));
    EXPECT_NE(std::ranges::find(said, wanted[0]), said.end());
    EXPECT_EQ(said.back(), wanted[1]);
  }

  // The AVPs of the answer behind its header are those of every answer, then `own`. The order is ours: the
  // standard fixes Session-Id alone.
  static void expect_answer(const Octets& asked, const Answer& answer, const Octets& result, const Octets& own,
                            std::uint8_t asked_flags = 0xc0, std::uint8_t flags = 0x40) {
    auto message = request(asked, asked_flags);
    const auto received = diameter_ext::look_at(message.get());
    const auto encoded = diameter_ext::encode<Codec>(style(), message, diameter_ext::echo_of(received.avps), answer);
    std::array<std::uint8_t, 20> header{};
    EXPECT_EQ(split(octets_of(encoded, &header)),
              split(session() + application() + no_state() + avp_text(264, 0, "hss.ims.test") +
                    avp_text(296, 0, "ims.test") + result + own));
    EXPECT_EQ(header[4], flags);
    EXPECT_EQ(header[5] * 65536U + header[6] * 256U + header[7], code);
    Octets identifiers;
    support::append_number(identifiers, application_id, 4);
    support::append_number(identifiers, 0x01020304, 4);  // hop by hop, as request_of has it
    support::append_number(identifiers, 0x05060708, 4);  // end to end
    EXPECT_TRUE(std::equal(identifiers.begin(), identifiers.end(), header.begin() + 8));
  }

 private:
  static Octets session() { return avp_text(263, 0, "cscf.ims.test;1;2"); }
  static Octets application() { return group(260, avp_u32(266, 0, v3gpp) + avp_u32(258, 0, application_id)); }
  static Octets no_state() { return avp_u32(277, 0, 1); }
  static diameter_ext::AnswerStyle style() { return {dictionary(), of, Codec::repeat}; }

  // What stands behind the header.
  static Octets octets_of(const diameter_ext::Message& message, std::array<std::uint8_t, 20>* header = nullptr) {
    std::uint8_t* buffer = nullptr;
    std::size_t length = 0;
    EXPECT_EQ(fd_msg_bufferize(message.get(), &buffer, &length), 0);
    const Octets whole(buffer, buffer + length);
    std::free(buffer);
    if (header != nullptr) {
      std::copy_n(whole.begin(), header->size(), header->begin());
    }
    return {whole.begin() + 20, whole.end()};
  }
};

}  // namespace support
