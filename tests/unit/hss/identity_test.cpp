// SPDX-License-Identifier: Apache-2.0
// Canonical identities (TS 23.003 13, RFC 3261 19.1.4).
#include "hss/identity.h"

#include <gtest/gtest.h>

namespace {

struct Case {
  const char* from;
  const char* to;
};

TEST(Identity, public_identities_have_one_form) {
  for (const Case& c : {
           Case{"sip:alice@Example.ORG", "sip:alice@example.org"},
           Case{"SIP:Alice@example.org:5060;transport=tcp?Subject=x", "sip:Alice@example.org"},
           Case{"sip:%61lice@example.org", "sip:alice@example.org"},
           Case{"sip:a%40b@example.org", "sip:a%40b@example.org"},
           Case{"sip:a%4", "sip:a%4"},
           Case{"sip:alice:secret@example.org", "sip:alice@example.org"},
           Case{"sip:+1-212@example.org;user=phone", "sip:+1-212@example.org"},
           Case{"sips:alice@[2001:DB8::1]:5061", "sips:alice@[2001:db8::1]"},
           Case{"tel:+999-(10) 00.1;phone-context=x", "tel:+99910001"},
           Case{"TEL:+1", "tel:+1"},
           Case{"sip:zo\xc3\xab@example.org", "sip:zo%C3%AB@example.org"},
           Case{"sip:zo%c3%ab@example.org.", "sip:zo%C3%AB@example.org"},
           Case{"sip:a b\"\\^`{|}<>#[]@example.org", "sip:a%20b%22%5C%5E%60%7B%7C%7D%3C%3E%23%5B%5D@example.org"},
           Case{"sip:50%@example.org", "sip:50%25@example.org"},
           Case{"sip:%61%4@example.org", "sip:a%254@example.org"},
           Case{"tel:863-1234;Phone-Context=+1-914;x=y", "tel:8631234;phone-context=+1914"},
           Case{"tel:A*#;phone-context=Example.COM", "tel:a*#;phone-context=example.com"},
           Case{"sip:a%2d!%2d{2}!%2d@H.test", "sip:a-!%2d{2}!-@h.test"},
           Case{"mailto:alice@example.org", "mailto:alice@example.org"},
           Case{"", ""},
       }) {
    EXPECT_EQ(hss::canonical_impu(c.from), c.to) << c.from;
  }
}

TEST(Identity, a_canonical_form_stays_as_it_is) {
  for (const char* text : {"sip:alice@Example.ORG:5060", "tel:+9-9", "sip:%61%40@h", "sips:x@[::1]:1", "sip:%@h",
                           "sip:\xc3\xab@h.", "tel:9;phone-context=-+1"}) {
    const std::string once = hss::canonical_impu(text);
    EXPECT_EQ(hss::canonical_impu(once), once);
  }
}

TEST(Identity, the_realm_of_an_impi_has_no_case) {
  EXPECT_EQ(hss::canonical_impi("Alice@IMS.Test"), "Alice@ims.test");
  EXPECT_EQ(hss::canonical_impi("no-realm"), "no-realm");
}

TEST(Identity, an_impi_made_from_an_imsi_tells_it) {
  constexpr const char* realm = "@ims.mnc001.mcc001.3gppnetwork.org";
  for (const char* imsi : {"001010000000001", "00101000000001", "001010", "001001000000001"}) {
    EXPECT_EQ(hss::imsi_of_impi(std::string(imsi) + realm), imsi);
  }
  EXPECT_EQ(hss::imsi_of_impi("310260123456789@ims.mnc260.mcc310.3gppnetwork.org"), "310260123456789");
  EXPECT_EQ(hss::imsi_of_impi("310260123456789@ims.mnc026.mcc310.3gppnetwork.org"), "310260123456789");
}

TEST(Identity, any_other_impi_tells_no_imsi) {
  for (const char* impi :
       {"001010000000001@ims.mnc002.mcc001.3gppnetwork.org", "001010000000001@ims.mnc001.mcc002.3gppnetwork.org",
        "001010000000001@ims.mnc010.mcc100.3gppnetwork.org", "001010000000001@ims.mnc01.mcc001.3gppnetwork.org",
        "001010000000001@ims.mnc0a1.mcc001.3gppnetwork.org", "001010000000001@mnc001.mcc001.3gppnetwork.org",
        "001010000000001@ims.mnc001.mcc001.3gppnetwork.org.example.org",
        "00101000000000x@ims.mnc001.mcc001.3gppnetwork.org", "0010100000000011@ims.mnc001.mcc001.3gppnetwork.org",
        "00101@ims.mnc001.mcc001.3gppnetwork.org", "@ims.mnc001.mcc001.3gppnetwork.org", "001010000000001@example.net",
        "001010000000001", ""}) {
    EXPECT_EQ(hss::imsi_of_impi(impi), std::nullopt) << impi;
  }
}

}  // namespace
