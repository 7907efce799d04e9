// SPDX-License-Identifier: Apache-2.0
// What a token refuses: keys that are not what they seem, and configurations that cannot be right.
#include "hsm/admin/admin_session.h"
#include "token_fixture.h"

#include <utility>

namespace hsm::test {
namespace {

class RefusalTest : public TokenTest {
 protected:
  RefusalTest() { make_tokens(); }
  Error load_error(const KeyReference& reference) {
    Pkcs11Token token(server_config());
    token.open();
    const Error error = error_of([&] { token.session(0).load(reference); });
    EXPECT_TRUE(token.is_open()) << "one bad key closed the token";
    EXPECT_EQ(token.statistics().cached, 0U);
    return error;
  }
  Error open_error(const TokenConfig& config) {
    return error_of([&] { Pkcs11Token(config).open(); });
  }
};

TEST_F(RefusalTest, tampered_blob_is_an_error_of_that_key) {
  KeyReference reference = provision("card-1", k, opc);
  reference.sealed.clear();  // so that the token sees the blob
  reference.wrapped[5] ^= 1;
  const Error error = load_error(reference);
  EXPECT_EQ(error.kind(), Kind::key);
  EXPECT_EQ(error.call(), "C_UnwrapKey");
  EXPECT_NE(std::string(error.what()).find("card-1"), std::string::npos);
}

TEST_F(RefusalTest, blob_of_wrong_length_is_an_error_of_that_key) {
  for (const std::size_t size : {0U, 8U, 16U, 23U, 32U, 40U}) {
    KeyReference reference = provision("card-1", k, opc);
    reference.sealed.clear();
    reference.wrapped.resize(size);
    EXPECT_EQ(load_error(reference).kind(), Kind::key) << size;
  }
}

TEST_F(RefusalTest, blob_moved_to_another_credential_is_refused) {
  const KeyReference rich = provision("rich", k, opc);
  KeyReference poor = provision("poor", other_k, opc);
  poor.wrapped = rich.wrapped;
  EXPECT_EQ(load_error(poor).kind(), Kind::key);
}

TEST_F(RefusalTest, row_copied_to_another_credential_is_refused) {
  KeyReference copy = provision("rich", k, opc);
  copy.owner = "poor";
  EXPECT_EQ(load_error(copy).kind(), Kind::key);
}

TEST_F(RefusalTest, tampered_or_short_sealed_is_refused) {
  const KeyReference reference = provision("card-1", k, opc);
  for (const std::size_t at : {0U, 11U, 12U, 27U, 28U, 43U}) {
    KeyReference changed = reference;
    changed.sealed[at] ^= 0x80;
    EXPECT_EQ(load_error(changed).kind(), Kind::key) << at;
  }
  KeyReference cut = reference;
  cut.sealed.resize(27);
  EXPECT_EQ(load_error(cut).kind(), Kind::key);
}

TEST_F(RefusalTest, unknown_ids_and_mechanisms_are_errors_of_that_key) {
  const KeyReference reference = provision("card-1", k, opc);
  KeyReference other_kek = reference, other_data_key = reference, other_mechanism = reference;
  other_kek.kek_id = 2;
  other_data_key.data_key_id = 7;
  other_mechanism.wrap_mechanism = "rot13";
  for (const KeyReference& changed : {other_kek, other_data_key, other_mechanism}) {
    EXPECT_EQ(load_error(changed).kind(), Kind::key);
  }
}

TEST_F(RefusalTest, blob_under_a_second_kek_does_not_open_under_the_first) {
  KeyReference reference = provision("card-1", k, opc);
  reference.sealed.clear();
  make_kek(2, secret_of("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
  reference.kek_id = 2;
  EXPECT_EQ(load_error(reference).kind(), Kind::key);
}

TEST_F(RefusalTest, kek_check_accepts_the_right_kek_and_refuses_others) {
  const KekCheck check = check_of_kek();
  {
    Pkcs11Token token(server_config());
    token.expect({check});
    token.open();
    EXPECT_TRUE(token.is_open());
  }
  KekCheck other_value = check, other_probe = check, other_id = check;
  other_value.check_value[0] ^= 1;
  other_probe.probe[0] ^= 1;
  other_id.kek_id = 2;
  for (const KekCheck& wrong : {other_value, other_probe, other_id}) {
    Pkcs11Token token(server_config());
    token.expect({wrong});
    EXPECT_EQ(error_of([&] { token.open(); }).kind(), Kind::config);
    EXPECT_FALSE(token.is_open());
    EXPECT_EQ(error_of([&] { token.session(0).load({}); }).kind(), Kind::config) << "a refused token serves";
  }
}

TEST_F(RefusalTest, kek_check_of_an_open_token_closes_it_when_wrong) {
  KekCheck check = check_of_kek();
  check.check_value[2] ^= 1;
  Pkcs11Token token(server_config());
  token.open();
  EXPECT_THROW(token.expect({check}), Error);
  EXPECT_FALSE(token.is_open());
}

TEST_F(RefusalTest, module_that_is_none_is_named) {
  TokenConfig config = server_config();
  config.module = "/nonexistent/libtoken.so";
  const Error missing = open_error(config);
  EXPECT_EQ(missing.kind(), Kind::config);
  EXPECT_NE(std::string(missing.what()).find("/nonexistent/libtoken.so"), std::string::npos);
  config.module = "libcrypto.so.3";
  EXPECT_EQ(open_error(config).kind(), Kind::config);
}

TEST_F(RefusalTest, token_that_is_not_there_or_not_initialised_is_refused) {
  TokenConfig config = server_config();
  config.label = "elsewhere";
  EXPECT_EQ(open_error(config).kind(), Kind::config);
  config.label = "server";
  config.serial = "0000000000000000";
  EXPECT_EQ(open_error(config).kind(), Kind::config);
}

TEST_F(RefusalTest, uninitialised_token_is_refused_without_a_login) {
  std::filesystem::remove_all(tokens);
  std::filesystem::create_directory(tokens);
  TokenConfig config = server_config();
  config.label = "";
  EXPECT_EQ(error_of([&] { Pkcs11Token token(config); }).kind(), Kind::config);
  config.label = "server";
  EXPECT_EQ(open_error(config).kind(), Kind::config);  // a login would hang for ever
}

TEST_F(RefusalTest, two_tokens_of_one_label_need_the_serial) {
  std::filesystem::path second = folder / "second";
  std::filesystem::rename(tokens, second);
  std::filesystem::create_directory(tokens);
  make_tokens();
  for (const auto& entry : std::filesystem::directory_iterator(second)) {
    std::filesystem::rename(entry, tokens / entry.path().filename());
  }
  EXPECT_EQ(open_error(server_config()).kind(), Kind::config);
  TokenConfig config = server_config();
  const auto module = load_module(softhsm);
  EXPECT_THROW(AdminToken(module, server_access()), Error);
}

TEST_F(RefusalTest, module_in_use_by_another_part_of_the_process_is_refused) {
  Pkcs11Token token(server_config());
  token.open();
  EXPECT_EQ(open_error(server_config()).kind(), Kind::config);
  EXPECT_EQ(error_of([&] { load_module(softhsm); }).kind(), Kind::config);
  Block block{};
  token.session(0).random(block);  // and was not cut off by the attempt
}

TEST_F(RefusalTest, impossible_values_are_refused_at_construction) {
  TokenConfig no_module = server_config(), no_pin = server_config(), no_delay = server_config();
  TokenConfig crossed = server_config(), mechanism = server_config();
  no_module.module.clear();
  no_pin.pin_file.clear();
  no_delay.retry_min = std::chrono::milliseconds(0);
  crossed.retry_max = crossed.retry_min / 2;
  mechanism.wrap_mechanism = "aes-key-warp";
  for (const TokenConfig& config : {no_module, no_pin, no_delay, crossed, mechanism}) {
    EXPECT_EQ(error_of([&] { Pkcs11Token token(config); }).kind(), Kind::config);
  }
}

// What a careless operator would get wrong in a KEK: an attribute of its own, or one that it forces upon others.
struct Mistake {
  CK_ATTRIBUTE_TYPE own;
  CK_ATTRIBUTE_TYPE forced;
  const char* name;
};
void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }
constexpr CK_ATTRIBUTE_TYPE nothing = CK_UNAVAILABLE_INFORMATION;

void force(Template& forced, CK_ATTRIBUTE_TYPE wrong) {
  for (const CK_ATTRIBUTE_TYPE type : {CKA_SENSITIVE, CKA_ENCRYPT}) forced.flag(type, type != wrong);
  for (const CK_ATTRIBUTE_TYPE type : {CKA_TOKEN, CKA_EXTRACTABLE, CKA_COPYABLE, CKA_DECRYPT, CKA_WRAP, CKA_UNWRAP}) {
    forced.flag(type, type == wrong);
  }
}

// With id 2.
void make_careless_kek(const TokenAccess& access, const char* module, const Mistake& mistake) {
  const CK_ATTRIBUTE_TYPE wrong = mistake.own;
  AdminSession session(load_module(module), access);
  const std::array<std::uint8_t, 2> id{0, 2};
  const HeapSecret value = session.random(32);
  Template forced;
  force(forced, mistake.forced);
  Template wanted;
  wanted.number(CKA_CLASS, CKO_SECRET_KEY)
      .number(CKA_KEY_TYPE, CKK_AES)
      .flag(CKA_TOKEN, true)
      .text(CKA_LABEL, "quintet-kek");
  wanted.octets(CKA_ID, id).octets(CKA_VALUE, value.view()).flag(CKA_PRIVATE, true).flag(CKA_UNWRAP, true);
  wanted.flag(CKA_SENSITIVE, wrong != CKA_SENSITIVE).flag(CKA_EXTRACTABLE, wrong == CKA_EXTRACTABLE);
  wanted.flag(CKA_MODIFIABLE, wrong == CKA_MODIFIABLE).flag(CKA_WRAP, wrong == CKA_WRAP);
  wanted.flag(CKA_DECRYPT, wrong == CKA_DECRYPT).flag(CKA_ENCRYPT, wrong == CKA_ENCRYPT);
  if (wrong != CKA_UNWRAP_TEMPLATE) wanted.list(CKA_UNWRAP_TEMPLATE, forced);
  (void)session.create(wanted, "a careless KEK");
}

class CarelessKekTest : public RefusalTest, public ::testing::WithParamInterface<Mistake> {};

TEST_P(CarelessKekTest, is_refused_at_opening) {
  { Pkcs11Token(server_config()).open(); }
  make_careless_kek(server_access(), softhsm, GetParam());
  const Error error = open_error(server_config());
  EXPECT_EQ(error.kind(), Kind::config);
  EXPECT_NE(std::string(error.what()).find("\"quintet-kek\" with id 2"), std::string::npos) << error.what();
  EXPECT_NE(std::string(error.what()).find(GetParam().name), std::string::npos) << error.what();
}

INSTANTIATE_TEST_SUITE_P(
    attributes, CarelessKekTest,
    ::testing::Values(
        Mistake{CKA_SENSITIVE, nothing, "CKA_SENSITIVE is"}, Mistake{CKA_EXTRACTABLE, nothing, "CKA_EXTRACTABLE is"},
        Mistake{CKA_MODIFIABLE, nothing, "CKA_MODIFIABLE is"}, Mistake{CKA_WRAP, nothing, "CKA_WRAP is"},
        Mistake{CKA_DECRYPT, nothing, "CKA_DECRYPT is"}, Mistake{CKA_ENCRYPT, nothing, "CKA_ENCRYPT is"},
        Mistake{CKA_UNWRAP_TEMPLATE, nothing, "CKA_UNWRAP_TEMPLATE"}, Mistake{nothing, CKA_TOKEN, "force CKA_TOKEN"},
        Mistake{nothing, CKA_SENSITIVE, "force CKA_SENSITIVE"},
        Mistake{nothing, CKA_EXTRACTABLE, "force CKA_EXTRACTABLE"},
        Mistake{nothing, CKA_COPYABLE, "force CKA_COPYABLE"}, Mistake{nothing, CKA_ENCRYPT, "force CKA_ENCRYPT"},
        Mistake{nothing, CKA_DECRYPT, "force CKA_DECRYPT"}, Mistake{nothing, CKA_WRAP, "force CKA_WRAP"},
        Mistake{nothing, CKA_UNWRAP, "force CKA_UNWRAP"}));

class RefusalShimTest : public ShimTest {};

TEST_F(RefusalShimTest, module_with_an_instance_per_caller_is_refused_with_that_sentence) {
  ::setenv("QUINTET_SHIM_SEPARATE", "1", 1);
  const Error error = error_of([&] { Pkcs11Token(server_config()).open(); });
  ::unsetenv("QUINTET_SHIM_SEPARATE");
  EXPECT_EQ(error.kind(), Kind::config);
  EXPECT_NE(std::string(error.what()).find("instance of its own"), std::string::npos) << error.what();
}

TEST_F(RefusalShimTest, key_that_the_token_left_readable_is_refused_and_destroyed) {
  const KeyReference reference = provision("card-1", k, opc);
  for (const char* lie : {"alter C_GetAttributeValue 0x103 0", "alter C_GetAttributeValue 0x162 1"}) {
    Pkcs11Token token(server_config());
    token.open();
    order(lie);
    EXPECT_EQ(error_of([&] { token.session(0).load(reference); }).kind(), Kind::config);
    EXPECT_EQ(token.statistics().destroyed, 1U);
    order("");
    token.session(0).load(reference);
  }
}

TEST_F(RefusalShimTest, token_without_aes_ecb_is_refused) {
  order("fail C_GetMechanismInfo 0x70");
  EXPECT_EQ(error_of([&] { Pkcs11Token(server_config()).open(); }).kind(), Kind::config);
}

}  // namespace
}  // namespace hsm::test
