// SPDX-License-Identifier: Apache-2.0
// Sessions, handles and devices that fail, and how service comes back by itself.
#include "hsm/attributes.h"
#include "recovery_fixture.h"

namespace hsm::test {
namespace {

constexpr const char* device_error = "0x30";

TEST_F(RecoveryTest, invalidated_sessions_cost_one_error_between_load_and_begin) {
  Pkcs11Token token(server_config());
  const Key key = token.session(0).load(reference);
  expect_right(token.session(0), reference, k);  // the operation that taking the fingerprint began is over
  order("invalidate-sessions once");
  EXPECT_EQ(error_of([&] { token.session(0).begin(key); }).kind(), Kind::session);
  serve(token.session(0));
  EXPECT_EQ(token.statistics().opened, 2U);
}

TEST_F(RecoveryTest, invalidated_sessions_during_an_encryption_cost_one_error) {
  Pkcs11Token token(server_config());
  const Key key = token.session(0).load(reference);
  Block block{};
  token.session(0).begin(key);
  order("invalidate-sessions once");
  EXPECT_EQ(error_of([&] { token.session(0).update(block, block); }).kind(), Kind::session);
  token.session(0).end();
  serve(token.session(0));
}

TEST_F(RecoveryTest, load_and_random_survive_invalidated_sessions) {
  Pkcs11Token token(server_config());
  token.open();
  order("invalidate-sessions once");
  serve(token.session(0));
  order("# nothing");
  order("invalidate-sessions once");
  std::vector<std::uint8_t> octets(5000);  // more than what is in store
  token.session(0).random(octets);
  serve(token.session(0));
}

TEST_F(RecoveryTest, random_octets_need_the_token_and_do_not_trust_it_alone) {
  Pkcs11Token token(server_config());
  token.open();
  order("fail C_GenerateRandom 0x0");  // says yes and gives zeros
  Block first{}, second{};
  token.session(0).random(first);
  token.session(0).random(second);
  EXPECT_NE(first, Block{});
  EXPECT_NE(first, second);
  order("fail C_GenerateRandom 0x30");
  std::vector<std::uint8_t> octets(5000);  // more than what is in store
  EXPECT_EQ(error_of([&] { token.session(0).random(octets); }).kind(), Kind::device);
}

TEST_F(RecoveryTest, maintain_notices_that_sessions_are_gone) {
  Pkcs11Token token(server_config());
  token.open();
  order("invalidate-sessions once");
  std::this_thread::sleep_for(1100ms);  // it looks once a second
  token.session(0).maintain();
  EXPECT_EQ(token.statistics().opened, 2U);
  serve(token.session(0));
}

TEST_F(RecoveryTest, operation_left_active_is_replaced) {
  Pkcs11Token token(server_config());
  const Key key = token.session(0).load(reference);
  order("fail C_EncryptFinal 0x5 count=1");
  token.session(0).begin(key);
  token.session(0).end();
  expect_right(token.session(0), reference, k);
  EXPECT_EQ(token.statistics().opened, 1U) << "a session was enough";
  EXPECT_EQ(token.statistics().unwraps, 1U);
}

TEST_F(RecoveryTest, failed_update_leaves_a_working_session) {
  Pkcs11Token token(server_config());
  const Key key = token.session(0).load(reference);
  order("fail C_EncryptUpdate 0x21 count=1");
  Block block{};
  token.session(0).begin(key);
  EXPECT_EQ(error_of([&] { token.session(0).update(block, block); }).kind(), Kind::key);
  EXPECT_EQ(error_of([&] { token.session(0).update(block, block); }).kind(), Kind::stale);
  token.session(0).end();
  expect_right(token.session(0), reference, k);
  EXPECT_EQ(token.statistics().unwraps, 1U);
}

void destroy_session_keys() {
  const CK_FUNCTION_LIST& raw = raw_softhsm();
  std::array<CK_SLOT_ID, 8> slots{};
  CK_ULONG count = slots.size();
  ASSERT_EQ(raw.C_GetSlotList(CK_TRUE, slots.data(), &count), CKR_OK);
  for (CK_ULONG i = 0; i < count; ++i) {
    CK_SESSION_HANDLE session = 0;
    if (raw.C_OpenSession(slots[i], CKF_SERIAL_SESSION, nullptr, nullptr, &session) != CKR_OK) continue;
    Template wanted;
    wanted.flag(CKA_TOKEN, false);
    for (const CK_OBJECT_HANDLE object : find_objects(raw, session, wanted)) raw.C_DestroyObject(session, object);
    raw.C_CloseSession(session);
  }
}

TEST_F(RecoveryTest, dead_handle_is_stale_once_and_loaded_anew) {
  Pkcs11Token token(server_config());
  const Key key = token.session(0).load(reference);
  expect_right(token.session(0), reference, k);  // the operation that taking the fingerprint began is over
  destroy_session_keys();
  EXPECT_EQ(error_of([&] { token.session(0).begin(key); }).kind(), Kind::stale);
  expect_right(token.session(0), reference, k);
  EXPECT_EQ(token.statistics().unwraps, 2U);
  EXPECT_EQ(token.statistics().opened, 1U);
}

TEST_F(RecoveryTest, codes_of_a_handle_that_became_anothers_are_stale) {
  Pkcs11Token token(server_config());
  for (const char* code : {"0x60", "0x63", "0x68", "0x70", "0x82"}) {
    const Key key = token.session(0).load(reference);
    expect_right(token.session(0), reference, k);  // the operation that taking the fingerprint began is over
    order(std::string("fail C_EncryptInit ") + code + " count=1");
    EXPECT_EQ(error_of([&] { token.session(0).begin(key); }).kind(), Kind::stale) << code;
    order("");
    expect_right(token.session(0), reference, k);
  }
}

TEST_F(RecoveryTest, lost_kek_handle_with_a_healthy_token_is_found_again_within_the_call) {
  Pkcs11Token token(server_config());
  token.session(0).load(reference);
  std::this_thread::sleep_for(30ms);  // a token that was opened just now is not opened anew
  order("fail C_UnwrapKey 0x82 count=1");
  expect_right(token.session(0), other, other_k);
  EXPECT_EQ(token.statistics().opened, 2U);
}

TEST_F(RecoveryTest, kek_handle_that_stays_lost_does_not_open_the_token_over_and_over) {
  TokenConfig config = server_config();
  config.retry_min = config.retry_max = 200ms;
  Pkcs11Token token(config);
  token.session(0).load(reference);
  order("fail C_UnwrapKey 0x82");
  for (int i = 0; i < 50; ++i) EXPECT_EQ(error_of([&] { token.session(0).load(other); }).kind(), Kind::device);
  EXPECT_LE(token.statistics().opened, 2U);
  expect_right(token.session(0), reference, k);
  order("");
  expect_soon([&] { serve(token.session(0)); });
}

TEST_F(RecoveryTest, token_directory_away_serves_what_is_cached_and_comes_back) {
  Pkcs11Token token(server_config());
  token.session(0).load(reference);
  std::filesystem::rename(tokens, folder / "away");
  expect_right(token.session(0), reference, k);
  EXPECT_EQ(error_of([&] { token.session(0).load(other); }).kind(), Kind::device);
  expect_right(token.session(0), reference, k);
  EXPECT_TRUE(token.is_open());
  std::filesystem::rename(folder / "away", tokens);
  expect_soon([&] { serve(token.session(0)); });
  EXPECT_EQ(token.statistics().opened, 2U);
}

TEST_F(RecoveryTest, restart_without_the_token_directory_waits_for_it) {
  Pkcs11Token token(server_config());
  serve(token.session(0));
  std::filesystem::rename(tokens, folder / "away");
  token.close();
  EXPECT_EQ(error_of([&] { token.session(0).load(reference); }).kind(), Kind::device);
  std::filesystem::create_directory(tokens);
  std::this_thread::sleep_for(150ms);
  EXPECT_EQ(error_of([&] { token.session(0).load(reference); }).kind(), Kind::device)
      << "it worked before: it may come back";
  std::filesystem::remove(tokens);
  std::filesystem::rename(folder / "away", tokens);
  expect_soon([&] { serve(token.session(0)); });
}

TEST_F(RecoveryTest, maintain_notices_a_lost_token_and_its_return) {
  Pkcs11Token token(server_config());
  token.session(0).load(reference);
  std::filesystem::rename(tokens, folder / "away");
  std::this_thread::sleep_for(1100ms);
  token.session(0).maintain();
  expect_right(token.session(0), reference, k);
  std::filesystem::rename(folder / "away", tokens);
  expect_soon([&] {
    token.session(0).maintain();
    if (token.statistics().opened < 2) throw Error(Kind::device, "", 0, "not yet opened again");
  });
  serve(token.session(0));
}

TEST_F(RecoveryTest, device_error_closes_and_calls_fail_at_once_until_it_is_time) {
  TokenConfig config = server_config();
  config.retry_min = 1s;
  config.retry_max = 1s;
  Pkcs11Token token(config);
  const Key key = token.session(0).load(reference);
  expect_right(token.session(0), reference, k);  // the operation that taking the fingerprint began is over
  order(std::string("fail C_EncryptInit ") + device_error + "\ndelay C_Initialize 900ms");
  EXPECT_EQ(error_of([&] { token.session(0).begin(key); }).kind(), Kind::device);
  EXPECT_FALSE(token.is_open());
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(error_of([&] { token.session(0).load(reference); }).kind(), Kind::device);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 500ms);
  order("");
  EXPECT_EQ(error_of([&] { token.session(0).begin(key); }).kind(), Kind::device);
  expect_soon([&] { serve(token.session(0)); });
  EXPECT_EQ(error_of([&] { token.session(0).begin(key); }).kind(), Kind::stale) << "a key of the first opening";
}

TEST_F(RecoveryTest, general_error_of_unwrap_is_the_blob_where_the_token_is_well) {
  Pkcs11Token token(server_config());
  token.open();
  order("fail C_UnwrapKey 0x5 count=1");
  EXPECT_EQ(error_of([&] { token.session(0).load(reference); }).kind(), Kind::key);
  EXPECT_EQ(token.statistics().opened, 1U);
  serve(token.session(0));
}

TEST_F(RecoveryTest, general_error_of_unwrap_is_the_device_where_the_token_is_sick) {
  Pkcs11Token token(server_config());
  token.open();
  order("fail C_UnwrapKey 0x5\nfail C_GetTokenInfo 0x5");
  EXPECT_EQ(error_of([&] { token.session(0).load(reference); }).kind(), Kind::device);
  order("");
  expect_soon([&] { serve(token.session(0)); });
}

TEST_F(RecoveryTest, refresh_comes_after_so_many_destroyed_keys_and_voids_outstanding_ones) {
  TokenConfig config = server_config();
  config.cache = 1;
  config.refresh_after = 10;
  Pkcs11Token token(config);
  const Key outstanding = token.session(0).load(reference);
  for (int i = 0; i < 6; ++i) {
    token.session(0).load(other);
    token.session(0).load(reference);
  }
  token.session(0).maintain();
  EXPECT_EQ(token.statistics().refreshed, 1U);
  EXPECT_EQ(token.statistics().opened, 2U);
  token.session(0).load(other);
  EXPECT_EQ(error_of([&] { token.session(0).begin(outstanding); }).kind(), Kind::stale);
  EXPECT_TRUE(equal_in_constant_time(outstanding->companion().view(), opc.view()));
  serve(token.session(0));
  token.session(0).maintain();
  EXPECT_EQ(token.statistics().refreshed, 1U);
}

TEST_F(RecoveryTest, key_from_before_a_refresh_does_not_destroy_another_key) {
  Pkcs11Token token(server_config());
  Key before = token.session(0).load(reference);
  token.close();
  const Key after = token.session(0).load(other);  // SoftHSM begins to count its handles anew
  const auto destroyed = token.statistics().destroyed;
  before.reset();
  EXPECT_EQ(token.statistics().destroyed, destroyed);
  EXPECT_EQ(encrypt(token.session(0), after, plain), aes_ecb(other_k.view(), plain));
}

TEST_F(RecoveryTest, keys_may_outlive_the_token) {
  Key key;
  {
    Pkcs11Token token(server_config());
    key = token.session(0).load(reference);
  }
  EXPECT_TRUE(equal_in_constant_time(key->companion().view(), opc.view()));
  key.reset();
}

TEST_F(RecoveryTest, failed_refresh_is_made_up_for_later) {
  TokenConfig config = server_config();
  config.cache = 0;
  config.refresh_after = 1;
  Pkcs11Token token(config);
  token.session(0).load(reference);
  order("fail C_Login 0x30");
  token.session(0).maintain();
  EXPECT_FALSE(token.is_open());
  order("");
  expect_soon([&] { serve(token.session(0)); });
}

TEST_F(RecoveryTest, blocked_token_goes_on_when_it_is_released) {
  Pkcs11Token token(server_config());
  token.session(0).load(reference);
  order("block C_EncryptUpdate");
  std::jthread release([] {
    std::this_thread::sleep_for(200ms);
    order("");
  });
  const auto begun = std::chrono::steady_clock::now();
  expect_right(token.session(0), reference, k);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 150ms);
}

TEST_F(RecoveryTest, throttled_token_is_as_slow_as_ordered) {
  Pkcs11Token token(server_config());
  expect_right(token.session(0), reference, k);
  order("delay C_EncryptInit 500us");
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 200; ++i) expect_right(token.session(0), reference, k);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 100ms);
}

}  // namespace
}  // namespace hsm::test
