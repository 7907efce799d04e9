// SPDX-License-Identifier: Apache-2.0
// A batch of Zh from the lane to its answers: users found by a public identity, AUTS checked first, held rows put
// aside, settings rendered beside the vector.
#include "hss/app/zh/bootstrapping_service.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <utility>
#include <vector>

namespace hss::app {
namespace {

using Request = Pending<ZhMultimediaAuth>;

class AnyKey final : public hsm::LoadedKey {
 public:
  AnyKey() : hsm::LoadedKey(hsm::HeapSecret(std::size_t{16})) {}
};

// Encrypts nothing.
class AnyToken final : public hsm::Token {
 public:
  hsm::Key load(const hsm::KeyReference& /*reference*/) override { return std::make_shared<AnyKey>(); }
  hsm::HeapSecret unseal(std::uint16_t /*id*/, hsm::Bytes /*binding*/, hsm::Bytes /*sealed*/) override { return {}; }
  void begin(const hsm::Key& /*key*/) override {}
  void update(hsm::Bytes in, hsm::MutableBytes out) override { std::copy(in.begin(), in.end(), out.begin()); }
  void end() noexcept override {}
  void random(hsm::MutableBytes out) override { std::ranges::fill(out, std::uint8_t{7}); }
};

// What the store has, and what it was asked.
struct Rows {
  zh::UserRows rows;
  std::vector<std::vector<std::string>> impis;
  std::vector<std::shared_ptr<const hsm::KeyReference>> keys;
  std::vector<std::string> impus_asked;
  std::vector<std::string> impis_locked;
  bool has_committed = false;
};

class FakeTransaction final : public zh::UserTransaction {
 public:
  explicit FakeTransaction(Rows& rows) : rows_(rows) {}
  zh::UserRows lock(std::span<const zh::AskedUser> asked) override {
    for (const auto& one : asked) {
      rows_.impis_locked.emplace_back(one.impi);
    }
    return rows_.rows;
  }
  void commit(const zh::UserRows& /*rows*/, auc::Domain /*domain*/) override { rows_.has_committed = true; }

 private:
  Rows& rows_;
};

class FakeStore final : public zh::UserStore {
 public:
  explicit FakeStore(Rows& rows) : rows_(rows) {}
  std::unique_ptr<zh::UserTransaction> begin() override { return std::make_unique<FakeTransaction>(rows_); }
  std::vector<std::vector<std::string>> impis_of(std::span<const std::string_view> impus) override {
    rows_.impus_asked.assign(impus.begin(), impus.end());
    return rows_.impis;
  }
  std::vector<std::shared_ptr<const hsm::KeyReference>> keys_of(std::span<const zh::AskedUser> /*asked*/) override {
    return rows_.keys;
  }

 private:
  Rows& rows_;
};

class Promised final : public Reply<zh::MultimediaAuthAnswer> {
 public:
  explicit Promised(std::promise<zh::MultimediaAuthAnswer>& answer) : answer_(answer) {}
  void send(zh::MultimediaAuthAnswer answer) noexcept override { answer_.set_value(std::move(answer)); }

 private:
  std::promise<zh::MultimediaAuthAnswer>& answer_;
};

class ZhBootstrapping : public testing::Test {
 protected:
  ZhBootstrapping() {
    hsm::KeyReference key;
    key.owner = "card-1";
    key_ = std::make_shared<const hsm::KeyReference>(key);
    CredentialRows::Member member;
    member.credential = 0;
    member.key = key_;
    rows_.rows.credentials.rows.resize(1);
    rows_.rows.credentials.members = {member};
    rows_.rows.members = {{zh::UserRow{.may_use_aka = true, .settings = {}}, 0}};
    plain_.impi = "a@ims.test";
    threads_.start();
  }
  ~ZhBootstrapping() override { threads_.stop(std::chrono::seconds(10)); }

  Request request() {
    return std::make_shared<PendingRequest<ZhMultimediaAuth>>(plain_, std::make_unique<Promised>(promise_));
  }
  BootstrappingService service(std::string name_space = "x") {
    BootstrappingSettings settings;
    settings.numbers.sqn = auc::default_policy();
    settings.guss_namespace = std::move(name_space);
    return {std::make_unique<FakeStore>(rows_), threads_, lane_, slow_, std::move(settings)};
  }
  zh::MultimediaAuthAnswer answer() {
    auto future = promise_.get_future();
    EXPECT_EQ(future.wait_for(std::chrono::seconds(10)), std::future_status::ready);
    return future.get();
  }
  zh::MultimediaAuthAnswer served() {
    auto serving = service();
    const std::vector batch{request()};
    serving.serve(serving.prepare(batch));
    return answer();
  }

  AnyToken token_;
  TokenThreads threads_{{&token_},
                        {[](std::size_t) {}, [](std::size_t) { return false; }, [] { return Outcome::success; }},
                        std::chrono::seconds(10)};
  std::shared_ptr<const hsm::KeyReference> key_;
  Rows rows_;
  Bootstrappings lane_{4};
  SlowBootstrappings slow_;
  zh::MultimediaAuthRequest plain_;
  std::promise<zh::MultimediaAuthAnswer> promise_;
};

TEST_F(ZhBootstrapping, a_success_has_one_vector_and_the_settings_as_a_document) {
  rows_.rows.members[0].user->settings = zh::UserSecuritySettings{"a@ims.test", {}, 60, {}};
  rows_.rows.members[0].user->settings_changed_at = 17;
  const auto told = served();
  EXPECT_EQ(told.outcome, Outcome::success);
  EXPECT_EQ(told.scheme_name, "Digest-AKAv1-MD5");
  EXPECT_TRUE(told.vector);
  ASSERT_TRUE(told.settings);
  EXPECT_NE(told.settings->document.find(R"(<guss xmlns="x" id="a@ims.test"><bsfInfo><lifeTime>60<)"),
            std::string::npos);
  EXPECT_EQ(told.settings->changed_at, 17U);
  EXPECT_TRUE(rows_.has_committed);
}

TEST_F(ZhBootstrapping, a_refusal_needs_no_token) {
  rows_.rows.members[0].user->is_suspended = true;
  const auto told = served();
  EXPECT_EQ(told.outcome, Outcome::not_authorized);
  EXPECT_FALSE(told.vector || told.settings);
}

TEST_F(ZhBootstrapping, a_public_identity_alone_is_looked_up_once) {
  plain_.impi.clear();
  plain_.impu = "sip:a@ims.test";
  rows_.impis = {{"a@ims.test"}};
  auto serving = service();
  const auto one = request();
  const std::vector batch{one};
  EXPECT_EQ(serving.prepare(batch).size(), 1U);
  EXPECT_EQ(rows_.impus_asked, std::vector<std::string>{"sip:a@ims.test"});
  rows_.impus_asked.clear();
  serving.serve(serving.prepare(batch));
  EXPECT_TRUE(rows_.impus_asked.empty());
  EXPECT_EQ(rows_.impis_locked, std::vector<std::string>{"a@ims.test"});
  EXPECT_EQ(answer().outcome, Outcome::success);
}

TEST_F(ZhBootstrapping, an_auts_goes_to_the_token_first_and_comes_back_through_the_lane) {
  plain_.authorization.emplace(30, std::uint8_t{1});
  plain_.authorization->back() = 2;  // of MAC-S: this token would make all of them alike
  rows_.keys = {key_};
  auto serving = service();
  const std::vector batch{request()};
  EXPECT_TRUE(serving.prepare(batch).empty());
  const auto [back] = lane_.take(4, std::chrono::seconds(10));
  ASSERT_EQ(back.size(), 1U);
  ASSERT_TRUE(back.front()->state.checked);
  serving.serve(serving.prepare(back));
  EXPECT_EQ(answer().outcome, Outcome::unable_to_comply) << "no such MAC-S";
}

TEST_F(ZhBootstrapping, an_auts_of_nobody_and_one_with_another_scheme_cost_the_token_nothing) {
  plain_.authorization.emplace(30, std::uint8_t{1});
  rows_.keys = {nullptr};
  auto serving = service();
  const auto one = request();
  EXPECT_EQ(serving.prepare(std::vector{one}).size(), 1U);
  EXPECT_TRUE(one->state.checked && one->state.checked->key == nullptr);
  plain_.scheme_name = "SIP Digest";
  const auto other = request();
  EXPECT_EQ(serving.prepare(std::vector{other}).size(), 1U);
  EXPECT_FALSE(other->state.checked);
  one->answer(Outcome::too_busy);
  promise_ = {};
}

TEST_F(ZhBootstrapping, who_waits_for_a_held_number_state_is_put_aside) {
  rows_.rows.credentials.members[0].numbers_held = true;
  rows_.rows.credentials.members[0].credential = none;
  auto serving = service();
  const std::vector batch{request()};
  serving.serve(batch);
  EXPECT_FALSE(batch.front()->is_answered());
  const auto [aside] = slow_.take(4, std::chrono::seconds(10));
  EXPECT_EQ(aside.size(), 1U);
}

}  // namespace
}  // namespace hss::app
