// SPDX-License-Identifier: Apache-2.0
// Pkcs11Token in good days: keys, companions, blocks, random octets and the cache.
#include "token_fixture.h"

#include <algorithm>

namespace hsm::test {
namespace {

class Pkcs11TokenTest : public TokenTest {
 protected:
  Pkcs11TokenTest() { make_tokens(); }
  const std::vector<std::uint8_t> plain = std::vector<std::uint8_t>(64, 0x5a);
};

TEST_F(Pkcs11TokenTest, encrypts_under_the_unwrapped_key) {
  const KeyReference reference = provision("card-1", k, opc);
  Pkcs11Token token(server_config());
  const Key key = token.session(0).load(reference);
  EXPECT_EQ(encrypt(token.session(0), key, plain), aes_ecb(k.view(), plain));
  EXPECT_TRUE(equal_in_constant_time(key->companion().view(), opc.view()));
}

TEST_F(Pkcs11TokenTest, updates_of_one_begin_are_independent_blocks) {
  const KeyReference reference = provision("card-1", k, opc);
  Pkcs11Token token(server_config());
  const Key key = token.session(0).load(reference);
  Block first{1}, second{2};
  {
    Encryption encryption(token.session(0), key);
    encryption.update(first, first);
    encryption.update(second, second);
  }
  EXPECT_EQ(std::vector(first.begin(), first.end()), aes_ecb(k.view(), Block{1}));
  EXPECT_EQ(std::vector(second.begin(), second.end()), aes_ecb(k.view(), Block{2}));
}

TEST_F(Pkcs11TokenTest, public_session_keys_encrypt_too) {
  const KeyReference reference = provision("card-1", k, opc);
  TokenConfig config = server_config();
  config.private_keys = false;
  Pkcs11Token token(config);
  EXPECT_EQ(encrypt(token.session(0), token.session(0).load(reference), plain), aes_ecb(k.view(), plain));
}

TEST_F(Pkcs11TokenTest, key_without_sealed_has_an_empty_companion) {
  KeyReference reference = provision("card-1", k, opc);
  reference.sealed.clear();
  Pkcs11Token token(server_config());
  EXPECT_TRUE(token.session(0).load(reference)->companion().empty());
}

TEST_F(Pkcs11TokenTest, end_without_begin_does_nothing) {
  Pkcs11Token token(server_config());
  token.session(0).end();
  token.open();
  token.session(0).end();
  EXPECT_TRUE(token.is_open());
}

TEST_F(Pkcs11TokenTest, random_octets_fill_and_differ) {
  Pkcs11Token token(server_config());
  std::vector<std::uint8_t> first(10000), second(10000);
  token.session(0).random(first);
  token.session(0).random(second);
  EXPECT_NE(first, second);
  for (const auto& octets : {first, second}) {
    std::array<int, 256> seen{};
    for (const std::uint8_t octet : octets) ++seen[octet];
    EXPECT_GT(*std::ranges::min_element(seen), 10);  // 39 expected of each value
    EXPECT_LT(*std::ranges::max_element(seen), 90);
  }
}

TEST_F(Pkcs11TokenTest, second_load_comes_from_the_cache) {
  const KeyReference reference = provision("card-1", k, opc);
  Pkcs11Token token(server_config());
  const Key first = token.session(0).load(reference);
  EXPECT_EQ(token.session(0).load(reference), first);
  EXPECT_EQ(token.statistics().hits, 1U);
  EXPECT_EQ(token.statistics().unwraps, 1U);
  EXPECT_EQ(token.statistics().cached, 1U);
}

TEST_F(Pkcs11TokenTest, full_cache_drops_the_least_recently_used) {
  const KeyReference a = provision("a", k, opc), b = provision("b", k, opc), c = provision("c", other_k, opc);
  TokenConfig config = server_config();
  config.cache = 2;
  Pkcs11Token token(config);
  token.session(0).load(a);
  token.session(0).load(b);
  token.session(0).load(a);
  token.session(0).load(c);
  EXPECT_EQ(token.statistics().cached, 2U);
  EXPECT_EQ(token.statistics().destroyed, 1U);
  token.session(0).load(a);
  EXPECT_EQ(token.statistics().unwraps, 3U) << "a was dropped instead of b";
  token.session(0).load(b);
  EXPECT_EQ(token.statistics().unwraps, 4U);
}

TEST_F(Pkcs11TokenTest, evicted_key_works_until_its_last_owner_lets_go) {
  const KeyReference a = provision("a", k, opc), b = provision("b", other_k, opc);
  TokenConfig config = server_config();
  config.cache = 1;
  Pkcs11Token token(config);
  Key key = token.session(0).load(a);
  token.session(0).load(b);
  EXPECT_EQ(token.statistics().destroyed, 0U);
  EXPECT_EQ(encrypt(token.session(0), key, plain), aes_ecb(k.view(), plain));
  key.reset();
  token.session(0).maintain();
  EXPECT_EQ(token.statistics().destroyed, 1U);
}

TEST_F(Pkcs11TokenTest, cache_of_zero_keeps_nothing) {
  const KeyReference reference = provision("card-1", k, opc);
  TokenConfig config = server_config();
  config.cache = 0;
  Pkcs11Token token(config);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(encrypt(token.session(0), token.session(0).load(reference), plain), aes_ecb(k.view(), plain));
  token.session(0).maintain();
  EXPECT_EQ(token.statistics().destroyed, 3U);
}

TEST_F(Pkcs11TokenTest, new_blob_of_a_credential_does_not_meet_the_old_key) {
  const KeyReference before = provision("card-1", k, opc), after = provision("card-1", other_k, opc);
  Pkcs11Token token(server_config());
  const Key old = token.session(0).load(before);
  EXPECT_EQ(encrypt(token.session(0), token.session(0).load(after), plain), aes_ecb(other_k.view(), plain));
  EXPECT_EQ(encrypt(token.session(0), old, plain), aes_ecb(k.view(), plain));
  EXPECT_EQ(token.statistics().cached, 1U);
}

TEST_F(Pkcs11TokenTest, thousand_keys_encrypt_each_under_its_own) {
  constexpr std::size_t count = 1000;
  std::vector<KeyReference> references;
  {
    ImportSession session(load_module(softhsm), import_config());
    for (std::size_t i = 0; i < count; ++i) {
      HeapSecret one(k.view());
      one.edit()[0] = static_cast<std::uint8_t>(i);
      one.edit()[1] = static_cast<std::uint8_t>(i >> 8);
      const auto key = session.from_plain(one);
      references.push_back(
          {std::to_string(i), 1, "aes-key-wrap", session.wrap(key), "", 1, {}, octets_of(session.fingerprint(key))});
    }
  }
  TokenConfig config = server_config();
  config.cache = 300;
  Pkcs11Token token(config);
  for (std::size_t i = 0; i < 3 * count; ++i) {
    const std::size_t at = (i * 7919) % count;
    HeapSecret one(k.view());
    one.edit()[0] = static_cast<std::uint8_t>(at);
    one.edit()[1] = static_cast<std::uint8_t>(at >> 8);
    ASSERT_EQ(encrypt(token.session(0), token.session(0).load(references[at]), plain), aes_ecb(one.view(), plain));
  }
  token.session(0).maintain();
  EXPECT_EQ(token.statistics().cached, 300U);
  EXPECT_EQ(token.statistics().unwraps - token.statistics().destroyed, 300U);
}

}  // namespace
}  // namespace hsm::test
