// SPDX-License-Identifier: Apache-2.0
// Several sessions at once: each thread's answers are right, and what happens to one session is its own trouble.
#include "recovery_fixture.h"

#include <atomic>
#include <functional>
#include <future>

namespace hsm::test {
namespace {

constexpr std::size_t sessions = 8;

class SessionsTest : public RecoveryTest {
 protected:
  SessionsTest() { config.sessions = sessions; }

  // As the server does it: once more when the key or the session was the trouble.
  bool serve_one(Token& token, const KeyReference& of, const HeapSecret& value) {
    for (int tries = 0; tries < 2; ++tries) {
      try {
        if (encrypt(token, token.load(of), plain) != aes_ecb(value.view(), plain)) ++wrong;
        return true;
      } catch (const Error& error) {
        if (tries == 1 || (error.kind() != Kind::stale && error.kind() != Kind::session)) {
          std::fprintf(stderr, "not served: %s\n", error.what());
          return false;
        }
      }
    }
    return false;
  }
  // It is in a call that does not come back before other orders are given.
  std::future<bool> hang(Token& token) {
    order("block C_Encrypt count=1");
    auto hung = std::async(std::launch::async, [&] { return serve_one(token, reference, k); });
    std::this_thread::sleep_for(50ms);
    return hung;
  }
  void work(Pkcs11Token& token, std::size_t number, int rounds) {
    for (int i = 0; i < rounds; ++i) {
      if (!serve_one(token.session(number), reference, k)) ++failed;
      if (!serve_one(token.session(number), other, other_k)) ++failed;
      token.session(number).maintain();
    }
  }
  // All of them in threads, and `meanwhile` in this one.
  void work_side_by_side(
      Pkcs11Token& token, int rounds, const std::function<void()>& meanwhile = [] {}) {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < sessions; ++i) threads.emplace_back([&, i] { work(token, i, rounds); });
    meanwhile();
  }

  // What the token itself may do, calls or not.
  static void invalidate_behind_its_back() {
    const CK_FUNCTION_LIST& raw = raw_softhsm();
    std::array<CK_SLOT_ID, 8> slots{};
    CK_ULONG count = slots.size();
    ASSERT_EQ(raw.C_GetSlotList(CK_TRUE, slots.data(), &count), CKR_OK);
    for (CK_ULONG i = 0; i < count; ++i) raw.C_CloseAllSessions(slots[i]);
  }

  TokenConfig config = server_config();
  std::atomic<int> wrong{0}, failed{0};
};

TEST_F(SessionsTest, all_sessions_share_the_keys) {
  Pkcs11Token token(config);
  token.session(0).load(reference);
  EXPECT_EQ(encrypt(token.session(1), token.session(1).load(reference), plain), aes_ecb(k.view(), plain));
  EXPECT_EQ(token.statistics().unwraps, 1U);
  EXPECT_EQ(token.statistics().hits, 1U);
}

TEST_F(SessionsTest, work_side_by_side_is_right) {
  Pkcs11Token token(config);
  order("delay C_Encrypt 1ms");
  work_side_by_side(token, 20);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(token.statistics().opened, 1U);
}

TEST_F(SessionsTest, cold_keys_side_by_side_are_right) {
  config.cache = 1;
  Pkcs11Token token(config);
  order("delay C_UnwrapKey 1ms");
  work_side_by_side(token, 20);
  token.session(0).maintain();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(failed, 0);
}

TEST_F(SessionsTest, lost_session_is_replaced_alone) {
  for (const char* function : {"C_EncryptInit", "C_Encrypt", "C_UnwrapKey", "C_GetAttributeValue"}) {
    config.cache = 1;
    Pkcs11Token token(config);
    token.open();
    work_side_by_side(token, 40, [&] { order(std::string("close-session ") + function + " count=1"); });
    order("");
    EXPECT_EQ(wrong, 0) << function;
    EXPECT_EQ(failed, 0) << function;
    EXPECT_EQ(token.statistics().opened, 1U) << function;
  }
}

TEST_F(SessionsTest, keys_of_a_lost_session_are_loaded_anew_by_the_others) {
  Pkcs11Token token(config);
  token.session(1).load(reference);
  token.session(0).load(other);
  order("close-session C_UnwrapKey count=1");
  const KeyReference third = [&] {
    KeyReference same = reference;
    same.owner = "card-3";
    same.sealed.clear();
    return same;
  }();
  EXPECT_NO_THROW(token.session(1).load(third));  // notices, and has a new session at once
  EXPECT_TRUE(serve_one(token.session(2), reference, k));
  EXPECT_TRUE(serve_one(token.session(2), other, other_k));
  EXPECT_EQ(token.statistics().opened, 1U);
  EXPECT_EQ(token.statistics().unwraps, 4U) << "the other session's key was still good";
}

TEST_F(SessionsTest, hung_call_holds_up_no_other_session) {
  Pkcs11Token token(config);
  serve(token.session(0));
  auto hung = hang(token.session(0));
  for (std::size_t i = 1; i < sessions; ++i) work(token, i, 10);
  EXPECT_NE(hung.wait_for(0ms), std::future_status::ready);
  order("");
  EXPECT_TRUE(hung.get());
  EXPECT_EQ(wrong + failed, 0);
  EXPECT_EQ(token.statistics().opened, 1U);
}

TEST_F(SessionsTest, lost_token_is_not_opened_anew_under_a_hung_call) {
  Pkcs11Token token(config);
  serve(token.session(0));
  auto hung = hang(token.session(0));
  ASSERT_NE(hung.wait_for(0ms), std::future_status::ready);
  invalidate_behind_its_back();
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(serve_one(token.session(1), reference, k));
  EXPECT_EQ(token.statistics().opened, 1U);
  order("");
  hung.get();
  expect_soon([&] { serve(token.session(1)); });
  EXPECT_EQ(token.statistics().opened, 2U);
  EXPECT_EQ(wrong, 0);
}

TEST_F(SessionsTest, session_that_cannot_be_had_is_the_only_one_broken) {
  Pkcs11Token token(config);
  serve(token.session(0));
  order("fail C_OpenSession 0xB1");  // CKR_SESSION_COUNT
  EXPECT_FALSE(serve_one(token.session(1), reference, k));
  EXPECT_TRUE(token.session(1).is_broken());
  EXPECT_FALSE(token.session(0).is_broken());
  EXPECT_TRUE(serve_one(token.session(0), reference, k));
  token.session(1).maintain();
  EXPECT_TRUE(token.session(1).is_broken());
  order("");
  token.session(1).maintain();
  EXPECT_FALSE(token.session(1).is_broken());
  EXPECT_TRUE(serve_one(token.session(1), reference, k));
  EXPECT_EQ(token.statistics().opened, 1U);
}

TEST_F(SessionsTest, session_lost_while_there_is_no_other_comes_back_later) {
  Pkcs11Token token(config);
  serve(token.session(0));
  serve(token.session(1));
  order("close-session C_EncryptInit count=1\nfail C_OpenSession 0xB1");
  EXPECT_FALSE(serve_one(token.session(1), reference, k));
  EXPECT_TRUE(token.session(1).is_broken());
  EXPECT_TRUE(serve_one(token.session(0), reference, k));
  order("");
  token.session(1).maintain();
  EXPECT_TRUE(serve_one(token.session(1), reference, k));
  EXPECT_EQ(token.statistics().opened, 1U);
}

TEST_F(SessionsTest, lost_login_is_noticed_by_all_and_mended_once) {
  Pkcs11Token token(config);
  order("delay C_Encrypt 1ms");
  work_side_by_side(token, 40, [] {
    std::this_thread::sleep_for(50ms);
    order("invalidate-sessions once");
  });
  order("");
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(token.statistics().opened, 2U);
}

TEST_F(SessionsTest, lost_device_comes_back_for_all) {
  for (const char* code : {"0x30", "0x32", "0xE0"}) {  // device error, removed, token not present
    Pkcs11Token token(config);
    serve(token.session(0));
    work_side_by_side(token, 20, [&] { order(std::string("fail C_Encrypt ") + code + " count=2"); });
    order("");
    for (std::size_t i = 0; i < sessions; ++i) expect_soon([&] { serve(token.session(i)); });
    EXPECT_EQ(wrong, 0) << code;
  }
}

TEST_F(SessionsTest, refresh_waits_for_calls_and_costs_nothing) {
  config.cache = 0;
  config.refresh_after = 400;  // of 640: a second one might meet a thread that still has its second try before it
  Pkcs11Token token(config);
  work_side_by_side(token, 40);
  EXPECT_EQ(token.statistics().refreshed, 1U);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(failed, 0);
}

TEST_F(SessionsTest, slow_login_keeps_all_waiting_and_nobody_out) {
  Pkcs11Token token(config);
  order("delay C_Login 300ms");
  work_side_by_side(token, 2);
  EXPECT_EQ(wrong + failed, 0);
  EXPECT_EQ(token.statistics().opened, 1U);
}

TEST_F(RecoveryTest, output_of_another_key_never_leaves) {
  for (const std::size_t count : {std::size_t{1}, sessions}) {
    TokenConfig config = server_config();
    config.sessions = count;
    Pkcs11Token token(config);
    const Key key = token.session(0).load(reference);
    order("fail C_Encrypt 0x0 count=1\nfail C_EncryptUpdate 0x0 count=1");  // says yes and leaves its input
    Block block{};
    token.session(0).begin(key);
    EXPECT_EQ(error_of([&] { token.session(0).update(block, block); }).kind(), Kind::stale);
    token.session(0).end();
    EXPECT_EQ(block, Block{});
    order("");
    expect_right(token.session(0), reference, k);
    EXPECT_EQ(token.statistics().unwraps, 2U);
  }
}

TEST_F(RecoveryTest, as_many_sessions_as_cannot_be_are_refused) {
  TokenConfig config = server_config();
  for (const std::size_t count : {std::size_t{0}, most_sessions + 1}) {
    config.sessions = count;
    EXPECT_EQ(error_of([&] { Pkcs11Token token(config); }).kind(), Kind::config);
  }
}

}  // namespace
}  // namespace hsm::test
