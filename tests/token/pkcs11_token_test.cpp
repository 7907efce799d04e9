// Pkcs11Token in good days: keys, companions, blocks, random octets and the cache.
#include "token_fixture.h"

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
  const Key key = token.load(reference);
  EXPECT_EQ(encrypt(token, key, plain), aes_ecb(k.view(), plain));
  EXPECT_TRUE(equal_in_constant_time(key->companion().view(), opc.view()));
}

TEST_F(Pkcs11TokenTest, updates_of_one_begin_are_independent_blocks) {
  const KeyReference reference = provision("card-1", k, opc);
  Pkcs11Token token(server_config());
  const Key key = token.load(reference);
  Block first{1}, second{2};
  {
    Encryption encryption(token, key);
    encryption.update(first, first);
    encryption.update(second, second);
  }
  EXPECT_EQ(std::vector(first.begin(), first.end()), aes_ecb(k.view(), Block{1}));
  EXPECT_EQ(std::vector(second.begin(), second.end()), aes_ecb(k.view(), Block{2}));
}

}  // namespace
}  // namespace hsm::test
