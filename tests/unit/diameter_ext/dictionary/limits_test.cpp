// SPDX-License-Identifier: Apache-2.0
// How often, how long and of what form an AVP may be, in messages and inside groups (docs/texts.md).
#include "diameter_ext/dictionary/limits.h"

#include "support/codec_scene.h"

#include "diameter_ext/cx/server_assignment_codec.h"

namespace {

using diameter_ext::Breach;
using support::avp_octets;
using support::avp_text;
using support::group;
using support::group_3gpp;
using support::no_m;
using support::Octets;
using support::text_3gpp;
using support::operator+;

// Any command will do; SAR takes most.
class Limits : public support::CodecScene<diameter_ext::ServerAssignmentCodec, 301> {
 protected:
  // What is found first, and which octets are at fault.
  struct Found {
    std::optional<Breach> breach;
    std::string text;
  };
  static Found found(const Octets& own) {
    const auto message = request(own);
    const auto out = diameter_ext::breach_among(diameter_ext::look_at(message.get()).avps);
    if (!out) {
      return {};
    }
    const auto octets = diameter_ext::received(out->at_fault).octets();
    return {out->breach, octets ? std::string(octets->begin(), octets->end()) : "a group"};
  }
  static void expect_fine(const Octets& own) { EXPECT_FALSE(found(own).breach); }
  static void expect(Breach breach, const Octets& own, const std::string& text) {
    const Found said = found(own);
    EXPECT_EQ(said.breach, breach);
    EXPECT_EQ(said.text, text);
  }
};

Octets times(int count, const Octets& one) {
  Octets out;
  for (int i = 0; i < count; ++i) {
    out = out + one;
  }
  return out;
}

TEST_F(Limits, an_avp_may_be_as_long_as_its_limit_and_no_longer) {
  expect_fine(avp_text(1, 0, std::string(255, 'u')));
  expect(Breach::form_or_length, avp_text(1, 0, std::string(256, 'u')), std::string(256, 'u'));
}

TEST_F(Limits, an_avp_may_stand_as_often_as_its_limit_and_the_first_too_many_is_at_fault) {
  expect_fine(times(64, text_3gpp(601, "sip:a")));
  expect(Breach::times, times(64, text_3gpp(601, "sip:a")) + text_3gpp(601, "sip:b") + text_3gpp(601, "sip:c"),
         "sip:b");
}

TEST_F(Limits, an_avp_has_its_form) {
  expect_fine(text_3gpp(602, "sip:s.ims.test:6060"));
  expect(Breach::form_or_length, text_3gpp(602, "s.ims.test"), "s.ims.test");
  expect(Breach::form_or_length, text_3gpp(601, std::string("a\0b", 3)), std::string("a\0b", 3));
  expect(Breach::form_or_length, text_3gpp(601, "\xc3"), "\xc3");
}

TEST_F(Limits, what_a_group_holds_is_looked_at_as_well) {
  const auto inside = [](const Octets& contact) {
    return group_3gpp(
        639, avp_text(1, 0, "u@ims.test") + group_3gpp(649, text_3gpp(640, "<sip:p>", no_m) + contact, no_m), no_m);
  };
  expect_fine(inside(text_3gpp(641, "<sip:c>", no_m)));
  expect(Breach::form_or_length, inside(text_3gpp(641, std::string(2049, 'c'), no_m)), std::string(2049, 'c'));
}

TEST_F(Limits, the_first_breach_in_the_order_of_the_message_is_found) {
  expect(Breach::form_or_length, text_3gpp(601, "\xc3") + text_3gpp(602, "s"), "\xc3");
  expect(Breach::form_or_length, text_3gpp(602, "s") + text_3gpp(601, "\xc3"), "s");
}

TEST_F(Limits, groups_that_come_back_have_a_limit_for_all_of_them_together) {  // Proxy-Info: 8192 octets
  const Octets proxy = group(284, avp_text(280, 0, "p.test") + avp_octets(33, 0, Octets(1000)));
  expect_fine(times(7, proxy));
  expect(Breach::form_or_length, times(9, proxy), "a group");
  expect(Breach::times, times(17, group(284, avp_text(280, 0, "p.test") + avp_octets(33, 0, Octets(8)))), "a group");
}

TEST_F(Limits, nothing_is_asked_of_an_avp_that_nobody_reads) { expect_fine(text_3gpp(617, std::string(20000, 'r'))); }

}  // namespace
