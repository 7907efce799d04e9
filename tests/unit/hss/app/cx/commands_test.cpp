// SPDX-License-Identifier: Apache-2.0
// How much work a command is, and whether it needs the token.
#include "hss/app/cx/commands.h"

#include <gtest/gtest.h>

namespace hss::app {
namespace {

std::size_t weight(std::size_t identities, std::size_t contacts) {
  ServerAssignmentRequest request;
  request.impus.resize(identities, "sip:a@b");
  if (contacts > 0) {
    request.restoration.emplace().contacts.resize(contacts);
  }
  return ServerAssignment::weight(request);
}

TEST(Commands, a_server_assignment_weighs_its_rows) {
  EXPECT_EQ(weight(0, 0), 1U);
  EXPECT_EQ(weight(1, 0), 1U);
  EXPECT_EQ(weight(64, 0), 64U);
  EXPECT_EQ(weight(1, 10), 11U);
}

TEST(Commands, a_multimedia_auth_of_a_bundled_scheme_needs_no_token) {
  MultimediaAuthRequest request;
  request.scheme_name = "Early-IMS-Security";
  EXPECT_FALSE(MultimediaAuth::needs_token(request));
  request.scheme_name = "Digest-AKAv1-MD5";
  EXPECT_TRUE(MultimediaAuth::needs_token(request));
}

}  // namespace
}  // namespace hss::app
