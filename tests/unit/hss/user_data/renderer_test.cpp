// SPDX-License-Identifier: Apache-2.0
// What the renderer keeps between requests, and when it reads again.
#include "hss/user_data/renderer.h"

#include "hss/cx/authentication_store.h"
#include "tests/support/sample_profiles.h"

#include <gtest/gtest.h>

namespace {

using hss::UserDataRenderer;
using Ids = std::vector<std::int64_t>;
using Readings = std::vector<Ids>;

// Profiles 1, 2, 3, ... whose media profile tells the revision.
struct Rows {
  std::int64_t revision = 1;
  Readings readings;

  UserDataRenderer::ReadProfiles reader() {
    return [this](std::span<const std::int64_t> ids) {
      readings.emplace_back(ids.begin(), ids.end());
      std::vector<hss::ServiceProfile> out;
      for (const auto id : ids) {
        out.push_back({.id = id, .revision = revision, .media_profile_id = 1000 * id + revision});
      }
      return out;
    };
  }
};

UserDataRenderer::Request request(std::int64_t profile, std::int64_t revision, hss::UserDataForm form = {}) {
  hss::SetMember member{.identity = "sip:a@x", .service_profile = hss::ServiceProfileRevision{profile, revision}};
  return {{.impi = "a@x", .members = {std::move(member)}}, form};
}

std::string render_one(UserDataRenderer& renderer, Rows& rows, const UserDataRenderer::Request& one) {
  const std::vector requests{one};
  return renderer.render(requests, rows.reader()).front();
}

bool has_media_profile(const std::string& document, std::int64_t number) {
  return document.find(">" + std::to_string(number) + "</SubscribedMediaProfileId>") != std::string::npos;
}

TEST(UserDataRenderer, reads_a_revision_once) {
  UserDataRenderer renderer(10);
  Rows rows;
  const auto document = render_one(renderer, rows, request(1, 1));
  EXPECT_EQ(render_one(renderer, rows, request(1, 1)), document);
  EXPECT_EQ(rows.readings, Readings{Ids{1}});
}

TEST(UserDataRenderer, reads_again_when_the_revision_has_moved) {
  UserDataRenderer renderer(10);
  Rows rows;
  render_one(renderer, rows, request(1, 1));
  rows.revision = 2;
  EXPECT_TRUE(has_media_profile(render_one(renderer, rows, request(1, 2)), 1002));
  EXPECT_TRUE(has_media_profile(render_one(renderer, rows, request(1, 2)), 1002));
  EXPECT_EQ(rows.readings.size(), 2U);
}

TEST(UserDataRenderer, reads_once_for_a_batch_and_only_what_is_not_kept) {
  UserDataRenderer renderer(10);
  Rows rows;
  render_one(renderer, rows, request(2, 1));
  const std::vector requests{request(3, 1), request(2, 1), request(1, 1), request(3, 1)};
  const auto documents = renderer.render(requests, rows.reader());
  EXPECT_EQ(rows.readings, (Readings{Ids{2}, Ids{1, 3}}));
  EXPECT_TRUE(has_media_profile(documents[0], 3001));
  EXPECT_TRUE(has_media_profile(documents[1], 2001));
  EXPECT_TRUE(has_media_profile(documents[2], 1001));
  EXPECT_EQ(documents[3], documents[0]);
}

TEST(UserDataRenderer, keeps_the_forms_of_a_profile_apart) {
  UserDataRenderer renderer(10);
  Rows rows;
  const hss::UserDataForm old{.extensions = hss::Extensions::absent};
  const std::vector requests{request(1, 1), request(1, 1, old), request(1, 1, {.shared_ifc_sets = true})};
  renderer.render(requests, rows.reader());
  renderer.render(requests, rows.reader());
  EXPECT_EQ(rows.readings, Readings{Ids{1}});
}

TEST(UserDataRenderer, forgets_what_was_not_used_for_longest) {
  UserDataRenderer renderer(2);
  Rows rows;
  for (const std::int64_t profile : {1, 2, 1, 3, 1, 2}) {
    render_one(renderer, rows, request(profile, 1));
  }
  EXPECT_EQ(rows.readings, (Readings{Ids{1}, Ids{2}, Ids{3}, Ids{2}}));
}

TEST(UserDataRenderer, renders_a_batch_of_more_profiles_than_it_keeps) {
  UserDataRenderer renderer(1);
  Rows rows;
  const std::vector requests{request(1, 1), request(2, 1), request(3, 1)};
  const auto documents = renderer.render(requests, rows.reader());
  EXPECT_TRUE(has_media_profile(documents[0], 1001));
  EXPECT_TRUE(has_media_profile(documents[2], 3001));
}

TEST(UserDataRenderer, a_profile_that_is_gone_makes_the_batch_repeatable) {
  UserDataRenderer renderer(10);
  const std::vector requests{request(1, 1)};
  try {
    renderer.render(requests, [](auto) { return std::vector<hss::ServiceProfile>{}; });
    FAIL();
  } catch (const hss::StoreError& error) {
    EXPECT_EQ(error.failure(), hss::StoreFailure::busy);
  }
}

}  // namespace
