// SPDX-License-Identifier: Apache-2.0
// Equal S-CSCF names, and different ones of one host (TS 29.229 6.3.2, RFC 3261 19.1.4).
#include "hss/cx/server_name.h"

#include <gtest/gtest.h>

namespace {

struct Pair {
  const char* a;
  const char* b;
};

TEST(ServerName, equal_ones) {
  for (const Pair& pair : {
           Pair{"sip:scscf.ims.test:6060", "sip:scscf.ims.test:6060"},
           Pair{"sip:scscf.ims.test:6060", "SIP:SCSCF.ims.test:6060"},
           Pair{"sip:u@h.test", "sip:u@H.test"},
           Pair{"sip:%75@h.test", "sip:u@h.test"},
           Pair{"sip:h.test", "sip:h.test;lr"},
           Pair{"sip:h.test;lr", "sip:h.test;LR"},
           Pair{"sip:h.test:6060;lr", "sip:h.test:6060"},
           Pair{"sip:h.test", "sip:h.test:5060"},
           Pair{"sip:h.test:5060;lr", "sip:h.test"},
           Pair{"sips:h.test", "sips:h.test:5061"},
           Pair{"sip:[2001:db8::1]", "sip:[2001:DB8::1]:5060;lr"},
           Pair{"sip:u@[2001:db8::1]:6060", "sip:u@[2001:DB8::1]:6060"},
           Pair{"sip:h.test;transport=tcp", "sip:h.test;lr;Transport=TCP"},
           Pair{"sip:h.test;a=1;b=2", "sip:h.test;b=2;a=1"},
           Pair{"sip:h.test;x=1", "sip:h.test"},
       }) {
    EXPECT_TRUE(hss::same_server(pair.a, pair.b)) << pair.a << " " << pair.b;
    EXPECT_TRUE(hss::same_server(pair.b, pair.a)) << pair.b << " " << pair.a;
    EXPECT_EQ(hss::other_name_of_host(pair.a, pair.b), std::nullopt) << pair.a << " " << pair.b;
  }
}

TEST(ServerName, two_names_of_one_host) {
  for (const Pair& pair : {
           Pair{"sip:h.test:6060", "sip:h.test:6061"},
           Pair{"sip:h.test", "sip:h.test:6060"},
           Pair{"sip:h.test", "sip:h.test:5061"},
           Pair{"sips:h.test", "sips:h.test:5060"},
           Pair{"sip:h.test", "sips:h.test"},
           Pair{"sip:u@h.test", "sip:U@h.test"},
           Pair{"sip:u@h.test", "sip:H.test"},
           Pair{"sip:[2001:db8::1]:6060", "sip:[2001:DB8::1]"},
           Pair{"sip:h.test;transport=udp", "sip:h.test"},
           Pair{"sip:h.test;transport=udp", "sip:h.test;transport=tcp"},
           Pair{"sip:h.test;x=1", "sip:h.test;x=2"},
           Pair{"sip:h.test;maddr=a.test", "sip:h.test"},
           Pair{"sip:h.test?x=1", "sip:h.test"},
       }) {
    EXPECT_FALSE(hss::same_server(pair.a, pair.b)) << pair.a << " " << pair.b;
    EXPECT_FALSE(hss::same_server(pair.b, pair.a)) << pair.b << " " << pair.a;
    EXPECT_EQ(hss::other_name_of_host(pair.a, pair.b), pair.a) << pair.a << " " << pair.b;
  }
}

TEST(ServerName, no_name_is_another) { EXPECT_EQ(hss::other_name_of_host(std::nullopt, "sip:h.test"), std::nullopt); }

TEST(ServerName, different_hosts) {
  for (const Pair& pair : {
           Pair{"sip:a.test", "sip:b.test"},
           Pair{"sip:a.test:6060", "sip:b.test:6060"},
           Pair{"sip:[2001:db8::1]", "sip:[2001:db8::2]"},
           Pair{"sip:u@a.test", "sip:u@b.test"},
           Pair{"", "sip:a.test"},
           Pair{"sip:", "sip:a.test"},
       }) {
    EXPECT_FALSE(hss::same_server(pair.a, pair.b)) << pair.a << " " << pair.b;
    EXPECT_EQ(hss::other_name_of_host(pair.a, pair.b), std::nullopt) << pair.a << " " << pair.b;
  }
}

}  // namespace
