// SPDX-License-Identifier: Apache-2.0
// What becomes of a Multimedia-Auth once the token has done its part.
#include "hss/app/cx/token_tasks.h"

#include "hss/app/auts_task.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace hss::app {
namespace {

class AnyKey final : public hsm::LoadedKey {
 public:
  AnyKey() : hsm::LoadedKey(hsm::HeapSecret(std::size_t{16})) {}
};

// Encrypts nothing; fails at will.
class AnyToken final : public hsm::Token {
 public:
  bool is_stale = false;

  hsm::Key load(const hsm::KeyReference& /*reference*/) override {
    if (std::exchange(is_stale, false)) {
      throw hsm::Error(hsm::Kind::stale, "C_EncryptInit", 0, "gone");
    }
    return std::make_shared<AnyKey>();
  }
  hsm::HeapSecret unseal(std::uint16_t /*id*/, hsm::Bytes /*binding*/, hsm::Bytes /*sealed*/) override { return {}; }
  void begin(const hsm::Key& /*key*/) override {}
  void update(hsm::Bytes in, hsm::MutableBytes out) override { std::copy(in.begin(), in.end(), out.begin()); }
  void end() noexcept override {}
  void random(hsm::MutableBytes out) override { std::ranges::fill(out, std::uint8_t{7}); }
};

class Kept final : public Reply<MultimediaAuthAnswer> {
 public:
  explicit Kept(std::optional<MultimediaAuthAnswer>& answer) : answer_(answer) {}
  void send(MultimediaAuthAnswer answer) noexcept override { answer_ = std::move(answer); }

 private:
  std::optional<MultimediaAuthAnswer>& answer_;
};

class TokenTasks : public ::testing::Test {
 protected:
  // An AUTS of equal octets is authentic where nothing is encrypted.
  Pending<MultimediaAuth> request(std::uint8_t last_of_mac_s = 1) {
    MultimediaAuthRequest plain;
    plain.scheme_name = "Digest-AKAv2-MD5";
    plain.authorization.emplace(rand_auts_octets, std::uint8_t{1});
    plain.authorization->back() = last_of_mac_s;
    return std::make_shared<PendingRequest<MultimediaAuth>>(std::move(plain), std::make_unique<Kept>(answer));
  }

  AnyToken token;
  std::shared_ptr<const hsm::KeyReference> key = std::make_shared<hsm::KeyReference>();
  Lane<MultimediaAuth> lane{4};
  std::optional<MultimediaAuthAnswer> answer;
};

TEST_F(TokenTasks, vectors_are_answered_in_the_order_of_their_numbers_under_the_amf_of_the_order) {
  const auto task = vector_task(request(), {key, {auc::Sqn{32}, auc::Sqn{64}}, {}, {{0x80, 0x00}}});
  task->perform(token);
  EXPECT_FALSE(answer);
  task->finish(Outcome::success);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->outcome, Outcome::success);
  EXPECT_EQ(answer->scheme_name, "Digest-AKAv2-MD5");
  ASSERT_EQ(answer->vectors.size(), 2U);
  const auto other = vector_task(request(), {key, {auc::Sqn{32}}, {}, {}});
  const auto autn = answer->vectors.front().autn.octets;
  other->perform(token);
  other->finish(Outcome::success);
  EXPECT_NE(answer->vectors.front().autn.octets, autn);
  EXPECT_FALSE(task->is_wanted());
}

TEST_F(TokenTasks, a_second_try_replaces_what_the_first_left) {
  token.is_stale = true;
  const auto task = vector_task(request(), {key, {auc::Sqn{32}}, {}, {}});
  EXPECT_THROW(task->perform(token), hsm::Error);
  task->perform(token);
  task->perform(token);
  task->finish(Outcome::success);
  EXPECT_EQ(answer.value().vectors.size(), 1U);
}

TEST_F(TokenTasks, who_was_given_up_gets_nothing_more) {
  const auto task = vector_task(request(), {key, {auc::Sqn{32}}, {}, {}});
  EXPECT_TRUE(task->is_wanted());
  task->give_up(Outcome::too_busy);
  EXPECT_FALSE(task->is_wanted());
  task->perform(token);
  task->finish(Outcome::success);
  EXPECT_EQ(answer.value().outcome, Outcome::too_busy);
}

TEST_F(TokenTasks, a_checked_auts_goes_back_to_the_lane_with_its_verdict) {
  for (const auto last_of_mac_s : {std::uint8_t{1}, std::uint8_t{2}}) {
    const auto task = auts_task(request(last_of_mac_s), key, lane);
    task->perform(token);
    task->finish(Outcome::success);
  }
  EXPECT_FALSE(answer);
  const auto [batch] = lane.take(4, std::chrono::milliseconds(0));
  ASSERT_EQ(batch.size(), 2U);
  ASSERT_TRUE(batch[0]->state.checked && batch[1]->state.checked);
  EXPECT_EQ(batch[0]->state.checked->key, key);
  EXPECT_EQ(batch[0]->state.checked->sqn_ms, auc::Sqn{0});
  EXPECT_EQ(batch[1]->state.checked->key, key);
  EXPECT_EQ(batch[1]->state.checked->sqn_ms, std::nullopt);
}

TEST_F(TokenTasks, an_auts_that_the_token_could_not_check_is_answered) {
  auts_task(request(), key, lane)->finish(Outcome::unable_to_comply);
  EXPECT_EQ(answer.value().outcome, Outcome::unable_to_comply);
  const auto [batch] = lane.take(4, std::chrono::milliseconds(0));
  EXPECT_TRUE(batch.empty());
}

}  // namespace
}  // namespace hss::app
