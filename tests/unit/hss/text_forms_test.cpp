// SPDX-License-Identifier: Apache-2.0
// Texts that go on into SIP messages, answers and logs; cases by hand from RFC 3261 25.1, RFC 3327 4, RFC 6733 4.3.1.
#include "hss/text_forms.h"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace std::string_view_literals;

TEST(TextForms, sip_uris) {
  for (const auto uri :
       {"sip:scscf.ims.test"sv, "SIPS:scscf.ims.test:6060"sv, "sip:a@h"sv, "sip:+1;phone-context=x@h;user=phone"sv,
        "sip:a%20b:pw@h.test:0;lr;transport=tcp?Subject=x"sv, "sip:[2001:db8::1]:5060"sv, "sip:u@[::1];lr"sv,
        "sip:192.0.2.1"sv, "sip:h.test."sv, "sip:h:65535"sv, "sip:h?a=b&c=d"sv, "sip:h;x=[y]/:"sv}) {
    EXPECT_TRUE(hss::is_sip_uri(uri)) << uri;
  }
  for (const auto text : {""sv,           "sip:"sv,           "sips:"sv,         "sip"sv,
                          "sip:@h"sv,     "sip:a@"sv,         "free text"sv,     "http://as.example.net/"sv,
                          "tel:+1"sv,     "scscf.ims.test"sv, "sip:a b@h"sv,     "sip:h\r\nRoute: <sip:x>"sv,
                          "sip:h\n"sv,    "sip:h;a=\r\nb"sv,  "sip:h \x01"sv,    "sip:h\0"sv,
                          "sip:h:"sv,     "sip:h:65536"sv,    "sip:h:1x"sv,      "sip:h:123456"sv,
                          "sip:.h"sv,     "sip:h..i"sv,       "sip:-h"sv,        "sip:h-"sv,
                          "sip:h_i"sv,    "sip:\xc3\xa9@h"sv, "sip:h\xc3\xa9"sv, "sip:a%4@h"sv,
                          "sip:a%4g@h"sv, "sip:a\"b@h"sv,     "sip:a\\@h"sv,     "sip:a^b@h"sv,
                          "sip:a`b@h"sv,  "sip:a{b}@h"sv,     "sip:a|b@h"sv,     "sip:<a@h>"sv,
                          "<sip:h>"sv,    "sip:a@b@h"sv,      "sip:[::1"sv,      "sip:[x]"sv,
                          "sip:[::1]x"sv, "sip:h;a=\"b\""sv,  "sip:h;a={"sv,     " sip:h"sv,
                          "sip:/h"sv}) {
    EXPECT_FALSE(hss::is_sip_uri(text)) << text;
  }
}

TEST(TextForms, server_names_have_neither_headers_nor_escaped_control_characters) {
  for (const auto uri : {"sip:scscf.ims.test:6060;lr"sv, "sip:a?b@h"sv, "sip:a%20%7e%2500@h"sv, "sip:h;x=%C3%A9"sv}) {
    EXPECT_TRUE(hss::is_server_name(uri)) << uri;
  }
  for (const auto text : {"sip:h?Route=%3Csip:evil%3E"sv, "sip:a?b@h?x=y"sv, "sip:s%0D%0AX@h"sv, "sip:h;x=%1f"sv,
                          "sip:h;x=%7f"sv, "sip:%7F@h"sv, "sip:%00@h"sv, "sip:a%4@h"sv, "tel:+1"sv, ""sv}) {
    EXPECT_FALSE(hss::is_server_name(text)) << text;
  }
}

TEST(TextForms, labels_and_names_have_the_lengths_of_dns) {
  const std::string label(63, 'a');
  EXPECT_TRUE(hss::is_diameter_identity(label + ".b"));
  EXPECT_FALSE(hss::is_diameter_identity(label + "a.b"));
  const std::string longest = label + "." + label + "." + label + "." + label;
  EXPECT_EQ(longest.size(), 255U);
  EXPECT_TRUE(hss::is_diameter_identity(longest));
  EXPECT_FALSE(hss::is_diameter_identity("b." + longest));
}

TEST(TextForms, diameter_identities) {
  for (const auto text : {"h"sv, "scscf_1.ims.test"sv, "IMS.test."sv, "1.2"sv}) {
    EXPECT_TRUE(hss::is_diameter_identity(text)) << text;
  }
  for (const auto text :
       {""sv, "."sv, "a b"sv, "a\nb"sv, "a\"b"sv, "a..b"sv, "\xc3\xa9.test"sv, "a:1"sv, "sip:a"sv, "a\0"sv}) {
    EXPECT_FALSE(hss::is_diameter_identity(text)) << text;
  }
}

TEST(TextForms, header_contents_have_one_line) {
  EXPECT_TRUE(hss::is_header_text("\"Zo\xc3\xab\"\t<sip:z@h>"));
  for (const auto text :
       {""sv, "a\r\nb"sv, "a\rb"sv, "a\nb"sv, "a\0b"sv, "a\x7f"sv, "a\x1b[m"sv, "\xc2\x85"sv, "\xff"sv}) {
    EXPECT_FALSE(hss::is_header_text(text)) << text;
    EXPECT_FALSE(hss::is_address("<sip:h>" + std::string(text) + "\x01"));
  }
}

TEST(TextForms, addresses_have_a_uri) {
  for (const auto text :
       {"<sip:a@h>;tag=x"sv, "sip:a@h;tag=x"sv, "\"<x> \\\" y\" <sips:a@h:1;gr=z>;+sip.instance=\"<urn:x>\""sv,
        "Bob <tel:+1>"sv, "<mailto:a@b>"sv, "<http://[::1]/x?y>"sv}) {
    EXPECT_TRUE(hss::is_address(text)) << text;
  }
  for (const auto text : {"free text"sv, "<sip:>"sv, "<>"sv, "<sip:h"sv, "\"<sip:h>"sv, "sip:"sv, "<a b:c>"sv,
                          "Bob <tel:>"sv, "<sip:h\r\n>"sv, "*"sv}) {
    EXPECT_FALSE(hss::is_address(text)) << text;
  }
}

TEST(TextForms, routes_are_addresses_of_sip_uris) {
  for (const auto text : {"<sip:p.test;lr>"sv, "<sip:a@p.test;lr>, \"x, <y>\" <sips:[::1]:5061;lr>;ob"sv}) {
    EXPECT_TRUE(hss::is_route(text)) << text;
  }
  for (const auto text : {"sip:p.test;lr"sv, "<sip:p.test>,"sv, "<sip:p.test>, <tel:+1>"sv,
                          "<http://as.example.net/>"sv, "x"sv, ""sv, "<sip:p>\r\nX: y"sv}) {
    EXPECT_FALSE(hss::is_route(text)) << text;
  }
}

TEST(TextForms, call_ids_have_no_blank) {
  EXPECT_TRUE(hss::is_call_id("f81d4fae-7dec@h"));
  for (const auto text : {""sv, "a b"sv, "a\nb"sv, "\xc3\xa9"sv}) {
    EXPECT_FALSE(hss::is_call_id(text)) << text;
  }
}

TEST(TextForms, a_log_gets_one_short_line) {
  EXPECT_EQ(hss::log_text("scscf.ims.test"), "scscf.ims.test");
  EXPECT_EQ(hss::log_text("a\"b\\c\r\n\x1b\xc3\xa9"), "a\\\"b\\\\c\\x0d\\x0a\\x1b\\xc3\\xa9");
  EXPECT_EQ(hss::log_text("abcdef", 6), "abcdef");
  EXPECT_EQ(hss::log_text("abcdefg", 6), "abcdef...(7 octets)");
  EXPECT_LT(hss::log_text(std::string(60000, '\n')).size(), 160U);
}

}  // namespace
