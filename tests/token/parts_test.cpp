// SPDX-License-Identifier: Apache-2.0
// Parts that need no token: secrets, sealing, classification of errors, the cache, PIN files.
#include "hsm/cryptoki_error.h"
#include "hsm/key_cache.h"
#include "hsm/pin_file.h"
#include "hsm/sealed.h"
#include "token_fixture.h"

#include <type_traits>

namespace hsm::test {
namespace {

static_assert(!std::is_copy_constructible_v<HeapSecret> && !std::is_copy_assignable_v<HeapSecret>);
static_assert(!std::is_copy_constructible_v<Secret<16>> && !std::is_copy_assignable_v<Secret<16>>);

TEST(SecretTest, moves_leave_nothing_behind) {
  HeapSecret from = secret_of("0102030405");
  HeapSecret to(std::move(from));
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): that is the claim
  EXPECT_EQ(to.size(), 5U);
  Secret<4> first;
  first.edit()[0] = 7;
  Secret<4> second(std::move(first));
  EXPECT_EQ(first.view()[0], 0);  // NOLINT(bugprone-use-after-move): that is the claim
  EXPECT_EQ(second.view()[0], 7);
}

TEST(SecretTest, is_wiped_when_it_goes) {
  alignas(Secret<16>) std::array<std::uint8_t, sizeof(Secret<16>)> place{};
  auto* secret = new (place.data()) Secret<16>();
  std::ranges::fill(secret->edit(), 0xaa);
  secret->~Secret();
  const volatile std::uint8_t* look = place.data();
  for (std::size_t i = 0; i < place.size(); ++i) EXPECT_EQ(look[i], 0) << i;
}

TEST(SecretTest, secure_heap_is_used_and_overflows_into_the_ordinary_one) {
  prepare_secure_heap(16384);
  ASSERT_EQ(CRYPTO_secure_malloc_initialized(), 1);
  const HeapSecret small(32);
  EXPECT_EQ(CRYPTO_secure_allocated(small.view().data()), 1);
  const HeapSecret large(65536);
  EXPECT_EQ(CRYPTO_secure_allocated(large.view().data()), 0);
  EXPECT_EQ(large.view()[65535], 0);
}

TEST(SecretTest, comparison_tells_lengths_and_contents_apart) {
  const auto a = octets_of("0102"), b = octets_of("0103"), c = octets_of("010203");
  EXPECT_TRUE(equal_in_constant_time(a, a));
  EXPECT_TRUE(equal_in_constant_time({}, {}));
  EXPECT_FALSE(equal_in_constant_time(a, b));
  EXPECT_FALSE(equal_in_constant_time(a, c));
}

// NIST's GCM test case 16 (256-bit key, additional data), as published with the GCM specification.
TEST(SealedTest, is_aes_256_gcm) {
  const HeapSecret key = secret_of("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  const SealNonce nonce{0xca, 0xfe, 0xba, 0xbe, 0xfa, 0xce, 0xdb, 0xad, 0xde, 0xca, 0xf8, 0x88};
  const auto binding = octets_of("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const auto plain = octets_of(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
      "ba"
      "637b39");
  const auto sealed = seal(key, nonce, binding, plain);
  EXPECT_EQ(sealed,
            octets_of("cafebabefacedbaddecaf888522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8c"
                      "b08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"));
  const auto opened = open_sealed(key, binding, sealed);
  ASSERT_TRUE(opened.has_value());
  EXPECT_TRUE(equal_in_constant_time(opened->view(), plain));
}

TEST(SealedTest, binding_is_unambiguous) {
  const auto blob = octets_of("00");
  const auto binding = seal_binding("owner", blob);
  ASSERT_EQ(binding.size(), 5U + 1 + 32);
  EXPECT_EQ(Bytes(binding).subspan(6, 4)[0], 0x6e);  // SHA-256 of one zero octet begins 6e340b9c
  KeyReference wrapped, named;
  wrapped.owner = named.owner = "owner";
  wrapped.wrapped = {'p', 'k', 'c', 's'};
  named.uri = "pkcs";
  EXPECT_EQ(seal_binding(wrapped), seal_binding(named));
  EXPECT_NE(seal_binding("owner", blob), seal_binding("ownes", blob));
}

TEST(SealedTest, does_not_open_otherwise) {
  const HeapSecret key(32);
  const auto sealed = seal(key, {}, octets_of("01"), octets_of("aabb"));
  EXPECT_TRUE(open_sealed(key, octets_of("01"), sealed).has_value());
  EXPECT_FALSE(open_sealed(key, octets_of("02"), sealed).has_value());
  EXPECT_FALSE(open_sealed(secret_of(std::string(64, '1')), octets_of("01"), sealed).has_value());
  EXPECT_FALSE(open_sealed(key, octets_of("01"), Bytes(sealed).first(27)).has_value());
  EXPECT_EQ(error_of([&] { seal(HeapSecret(16), {}, {}, {}); }).kind(), Kind::config);
}

TEST(ErrorTest, kind_depends_on_the_call) {
  EXPECT_EQ(kind_of("C_UnwrapKey", CKR_GENERAL_ERROR), Kind::key);
  EXPECT_EQ(kind_of("C_EncryptInit", CKR_GENERAL_ERROR), Kind::device);
  EXPECT_EQ(kind_of("C_GetTokenInfo", CKR_GENERAL_ERROR), Kind::device);
  EXPECT_EQ(kind_of("C_EncryptInit", CKR_KEY_FUNCTION_NOT_PERMITTED), Kind::stale);
  EXPECT_EQ(kind_of("C_WrapKey", CKR_KEY_FUNCTION_NOT_PERMITTED), Kind::config);
  EXPECT_EQ(kind_of("C_EncryptInit", CKR_OBJECT_HANDLE_INVALID), Kind::stale);
  EXPECT_EQ(kind_of("C_UnwrapKey", CKR_OBJECT_HANDLE_INVALID), Kind::device);
  EXPECT_EQ(kind_of("C_Login", CKR_PIN_LOCKED), Kind::pin);
  EXPECT_EQ(kind_of("C_EncryptUpdate", CKR_SESSION_HANDLE_INVALID), Kind::session);
  EXPECT_EQ(kind_of("C_EncryptUpdate", CKR_VENDOR_DEFINED + 7), Kind::device);
}

TEST(ErrorTest, message_reads_what_on_what_and_what_came_back) {
  const Error error = error_of([] { check(CKR_WRAPPED_KEY_INVALID, "C_UnwrapKey", "credential 4711"); });
  EXPECT_STREQ(error.what(), "C_UnwrapKey of credential 4711: CKR_WRAPPED_KEY_INVALID (0x110)");
  EXPECT_EQ(error.call(), "C_UnwrapKey");
  EXPECT_EQ(error.rv(), 0x110U);
  EXPECT_EQ(name(Kind::device), "device");
  EXPECT_EQ(name_of(0xdead), "unknown");
}

class FakeKey final : public LoadedKey {
 public:
  FakeKey() : LoadedKey(HeapSecret()) {}
};

TEST(KeyCacheTest, drops_by_owner_and_clears) {
  KeyCache cache(10);
  KeyReference a, b;
  a.owner = "a";
  b.owner = "b";
  cache.keep(a, std::make_shared<FakeKey>());
  cache.keep(b, std::make_shared<FakeKey>());
  cache.keep(b, std::make_shared<FakeKey>());
  EXPECT_EQ(cache.size(), 2U);
  cache.drop("a");
  cache.drop("nobody");
  EXPECT_EQ(cache.find(a), nullptr);
  EXPECT_NE(cache.find(b), nullptr);
  cache.clear();
  EXPECT_EQ(cache.find(b), nullptr);
  EXPECT_EQ(cache.size(), 0U);
}

class PinFileTest : public TokenTest {};

TEST_F(PinFileTest, first_line_is_the_pin) {
  for (const char* text : {"1234", "1234\n", "1234\r\n", "1234\nnot this\n"}) {
    write_file(pin_file, text);
    const HeapSecret pin = read_pin(pin_file);
    EXPECT_STREQ(reinterpret_cast<const char*>(pin.view().data()), "1234");
    EXPECT_EQ(pin.size(), 5U);
  }
}

TEST_F(PinFileTest, too_long_empty_or_a_folder_is_refused) {
  write_file(pin_file, std::string(256, '1'));
  EXPECT_EQ(error_of([&] { read_pin(pin_file); }).kind(), Kind::pin);
  write_file(pin_file, std::string(255, '1'));
  EXPECT_EQ(read_pin(pin_file).size(), 256U);
  write_file(pin_file, "");
  EXPECT_EQ(error_of([&] { read_pin(pin_file); }).kind(), Kind::pin);
  EXPECT_EQ(error_of([&] { read_pin(folder); }).kind(), Kind::pin);
}

}  // namespace
}  // namespace hsm::test
