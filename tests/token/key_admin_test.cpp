// SPDX-License-Identifier: Apache-2.0
// The operator's part: tokens, KEKs and data keys are made so that nobody with the PIN can read a subscriber's key.
#include "hsm/admin/admin_session.h"
#include "hsm/admin/host_wrap.h"
#include "hsm/admin/key_value.h"
#include "hsm/pin_file.h"
#include "hsm/token_keys.h"
#include "token_fixture.h"

namespace hsm::test {
namespace {

class KeyAdminTest : public TokenTest {};

TEST_F(KeyAdminTest, initialising_twice_does_nothing_the_second_time) {
  EXPECT_TRUE(initialise_token(softhsm, server_access(), so_pin_file));
  EXPECT_FALSE(initialise_token(softhsm, server_access(), so_pin_file));
  EXPECT_TRUE(initialise_token(softhsm, import_access(), so_pin_file));
  AdminToken(load_module(softhsm), server_access());
}

TEST_F(KeyAdminTest, label_is_padded_with_blanks) {
  initialise_token(softhsm, server_access(), so_pin_file);
  const CK_TOKEN_INFO info = Login(*load_module(softhsm), "server", "", read_pin(pin_file)).token_info();
  EXPECT_EQ(std::string(std::begin(info.label), std::end(info.label)), "server" + std::string(26, ' '));
}

TEST_F(KeyAdminTest, initialising_refuses_bad_labels_and_pins) {
  EXPECT_EQ(error_of([&] { initialise_token(softhsm, {"", "", pin_file}, so_pin_file); }).kind(), Kind::config);
  EXPECT_EQ(error_of([&] {
              initialise_token(softhsm, {std::string(33, 'x'), "", pin_file}, so_pin_file);
            }).kind(),
            Kind::config);
  write_file(pin_file, "1\n");
  EXPECT_EQ(error_of([&] { initialise_token(softhsm, server_access(), so_pin_file); }).kind(), Kind::pin);
  std::filesystem::remove(so_pin_file);
  EXPECT_EQ(error_of([&] { initialise_token(softhsm, server_access(), so_pin_file); }).kind(), Kind::pin);
}

TEST_F(KeyAdminTest, wrong_pin_opens_no_token) {
  initialise_token(softhsm, server_access(), so_pin_file);
  write_file(pin_file, "wrong-pin\n");
  EXPECT_EQ(error_of([&] { AdminToken(load_module(softhsm), server_access()); }).kind(), Kind::pin);
}

TEST_F(KeyAdminTest, key_of_one_id_is_made_once) {
  make_tokens();
  AdminToken token(load_module(softhsm), server_access());
  EXPECT_TRUE(token.has_key("quintet-kek", 1));
  EXPECT_FALSE(token.has_key("quintet-kek", 2));
  EXPECT_EQ(error_of([&] { token.create_kek({}, KekRole::server, HeapSecret(32)); }).kind(), Kind::config);
  EXPECT_EQ(error_of([&] { token.create_data_key("quintet-opc", 1, HeapSecret(32)); }).kind(), Kind::config);
  EXPECT_EQ(error_of([&] { token.create_data_key("quintet-opc", 2, HeapSecret(16)); }).kind(), Kind::config);
}

TEST_F(KeyAdminTest, random_octets_differ) {
  make_tokens();
  const AdminToken token(load_module(softhsm), server_access());
  EXPECT_FALSE(equal_in_constant_time(token.random(32).view(), token.random(32).view()));
}

TEST(KeyValueTest, check_values_are_those_of_fips_197_keys_over_zeros) {
  // From OpenSSL's command line: 16 octets of zeros under each key.
  EXPECT_EQ(check_value(secret_of("00000000000000000000000000000000")), (CheckValue{0x66, 0xe9, 0x4b}));
  EXPECT_EQ(check_value(HeapSecret(32)), (CheckValue{0xdc, 0x95, 0xc0}));
  EXPECT_EQ(error_of([] { check_value(HeapSecret(15)); }).kind(), Kind::config);
}

TEST(KeyValueTest, components_combine_by_xor_and_are_checked) {
  std::vector<Component> components(3);
  const std::array<std::string, 3> values{"0f00000000000000000000000000000000000000000000000000000000000001",
                                          "f000000000000000000000000000000000000000000000000000000000000002",
                                          "0000000000000000000000000000000000000000000000000000000000000004"};
  for (std::size_t i = 0; i < 3; ++i) {
    components[i].value = secret_of(values[i]);
    components[i].check_value = check_value(components[i].value);
  }
  const auto sum = secret_of("ff00000000000000000000000000000000000000000000000000000000000007");
  EXPECT_TRUE(equal_in_constant_time(combine(components).view(), sum.view()));
  components[1].check_value[2] ^= 1;
  const Error typo = error_of([&] { combine(components); });
  EXPECT_EQ(typo.kind(), Kind::config);
  EXPECT_NE(std::string(typo.what()).find("component 2"), std::string::npos);
  components[1].value = HeapSecret(16);
  EXPECT_EQ(error_of([&] { combine(components); }).kind(), Kind::config);
  EXPECT_EQ(error_of([] { combine({}); }).kind(), Kind::config);
}

// What somebody with the server's PIN and a blob from the database can try.
class ThiefTest : public TokenTest {
 protected:
  ThiefTest() {
    make_tokens();
    reference = provision("card-1", k, opc);
    session = std::make_unique<AdminSession>(load_module(softhsm), server_access());
    kek = session->find(CKO_SECRET_KEY, "quintet-kek", 1);
  }
  CK_RV unwrap(Template& wanted, CK_MECHANISM_TYPE type = CKM_AES_KEY_WRAP) {
    CK_MECHANISM mechanism{type, nullptr, 0};
    return session->functions().C_UnwrapKey(session->get(), &mechanism, kek, reference.wrapped.data(),
                                            reference.wrapped.size(), wanted.data(), wanted.size(), &key);
  }
  CK_RV set(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, bool value) {
    Template change;
    change.flag(type, value);
    return session->functions().C_SetAttributeValue(session->get(), object, change.data(), change.size());
  }
  KeyReference reference;
  std::unique_ptr<AdminSession> session;
  CK_OBJECT_HANDLE kek = CK_INVALID_HANDLE;
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
};

TEST_F(ThiefTest, cannot_unwrap_with_any_attribute_turned_round) {
  Template honest;
  add_unwrapped_attributes(honest, true);
  ASSERT_EQ(unwrap(honest), CKR_OK);
  for (const CK_ATTRIBUTE_TYPE type :
       {CKA_TOKEN, CKA_SENSITIVE, CKA_EXTRACTABLE, CKA_COPYABLE, CKA_DECRYPT, CKA_WRAP, CKA_UNWRAP, CKA_ENCRYPT}) {
    Template turned;
    add_unwrapped_attributes(turned, true);
    for (CK_ATTRIBUTE& row : std::span(turned.data(), turned.size())) {
      static constexpr CK_BBOOL yes = 1, no = 0;
      if (row.type != type) continue;
      const bool was = *static_cast<const CK_BBOOL*>(row.pValue) != 0;
      row.pValue = const_cast<CK_BBOOL*>(was ? &no : &yes);  // the C API is not const-correct
    }
    EXPECT_NE(unwrap(turned), CKR_OK) << std::hex << type;
  }
}

TEST_F(ThiefTest, cannot_leave_attributes_out_or_use_another_mechanism) {
  Template bare;
  bare.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_AES);
  EXPECT_NE(unwrap(bare), CKR_OK);
  Template honest;
  add_unwrapped_attributes(honest, true);
  EXPECT_NE(unwrap(honest, CKM_AES_KEY_WRAP_PAD), CKR_OK);
}

TEST_F(ThiefTest, cannot_read_copy_or_loosen_the_unwrapped_key) {
  Template honest;
  add_unwrapped_attributes(honest, true);
  ASSERT_EQ(unwrap(honest), CKR_OK);
  EXPECT_FALSE(session->object(key).octets(CKA_VALUE).has_value());
  EXPECT_NE(set(key, CKA_SENSITIVE, false), CKR_OK);
  EXPECT_NE(set(key, CKA_EXTRACTABLE, true), CKR_OK);
  Template open_copy;
  open_copy.flag(CKA_TOKEN, true).flag(CKA_PRIVATE, false);
  CK_OBJECT_HANDLE copy = 0;
  EXPECT_NE(session->functions().C_CopyObject(session->get(), key, open_copy.data(), open_copy.size(), &copy), CKR_OK);
}

TEST_F(ThiefTest, cannot_turn_the_kek_into_a_tool) {
  for (const CK_ATTRIBUTE_TYPE type : {CKA_DECRYPT, CKA_ENCRYPT, CKA_WRAP, CKA_EXTRACTABLE, CKA_MODIFIABLE}) {
    EXPECT_NE(set(kek, type, true), CKR_OK) << std::hex << type;
  }
  EXPECT_NE(set(kek, CKA_SENSITIVE, false), CKR_OK);
  Template loose;
  loose.flag(CKA_TOKEN, false).flag(CKA_DECRYPT, true);
  CK_OBJECT_HANDLE copy = 0;
  EXPECT_NE(session->functions().C_CopyObject(session->get(), kek, loose.data(), loose.size(), &copy), CKR_OK);
  CK_MECHANISM ecb{CKM_AES_ECB, nullptr, 0};
  EXPECT_NE(session->functions().C_DecryptInit(session->get(), &ecb, kek), CKR_OK);
  EXPECT_FALSE(session->object(kek).octets(CKA_VALUE).has_value());
}

TEST_F(ThiefTest, server_kek_does_not_wrap_and_import_kek_does_not_unwrap) {
  Template honest;
  add_unwrapped_attributes(honest, true);
  ASSERT_EQ(unwrap(honest), CKR_OK);
  CK_MECHANISM wrap{CKM_AES_KEY_WRAP, nullptr, 0};
  std::array<std::uint8_t, 64> blob{};
  CK_ULONG length = blob.size();
  EXPECT_NE(session->functions().C_WrapKey(session->get(), &wrap, kek, key, blob.data(), &length), CKR_OK);
  session.reset();
  session = std::make_unique<AdminSession>(load_module(softhsm), import_access());
  kek = session->find(CKO_SECRET_KEY, "quintet-kek", 1);
  EXPECT_EQ(unwrap(honest), CKR_KEY_FUNCTION_NOT_PERMITTED);
}

TEST_F(ThiefTest, cannot_decrypt_or_read_with_the_data_key) {
  const CK_OBJECT_HANDLE data_key = session->find(CKO_SECRET_KEY, "quintet-opc", 1);
  EXPECT_FALSE(session->object(data_key).octets(CKA_VALUE).has_value());
  EXPECT_NE(set(data_key, CKA_DECRYPT, true), CKR_OK);
  CK_MECHANISM gcm{CKM_AES_CBC, nullptr, 0};
  EXPECT_NE(session->functions().C_EncryptInit(session->get(), &gcm, data_key), CKR_OK);
}

// Tokens that take attributes and do not keep them.
class LyingTokenTest : public ShimTest {
 protected:
  Error create_kek_error(std::string_view orders) {
    AdminToken token(load_module(SHIM_MODULE), server_access());
    KekSpec spec;
    spec.id = 2;
    order(orders);
    Error error = error_of([&] { token.create_kek(spec, KekRole::server, token.random(32)); });
    order("");
    EXPECT_FALSE(token.has_key("quintet-kek", 2)) << "the refused key is still there";
    return error;
  }
};

TEST_F(LyingTokenTest, is_refused_when_attributes_do_not_stick) {
  for (const char* orders : {"alter C_CreateObject 0x170 1", "alter C_CreateObject 0x171 1",
                             "alter C_CreateObject 0x106 1", "alter C_CreateObject 0x162 1"}) {
    const Error error = create_kek_error(orders);
    EXPECT_EQ(error.kind(), Kind::config) << orders;
    EXPECT_NE(std::string(error.what()).find("cannot protect"), std::string::npos) << error.what();
  }
}

TEST_F(LyingTokenTest, is_refused_when_it_forgets_the_unwrap_template) {
  const Error error = create_kek_error("alter C_CreateObject 0x40000212 drop");
  EXPECT_NE(std::string(error.what()).find("unwraps keys as readable"), std::string::npos) << error.what();
}

TEST_F(LyingTokenTest, is_refused_when_changing_and_copying_succeed_all_the_same) {
  const std::string quiet = "\nalter C_GetAttributeValue 0x170 0\nalter C_GetAttributeValue 0x171 0";
  const Error changed = create_kek_error("alter C_CreateObject 0x170 1" + quiet);
  EXPECT_NE(std::string(changed.what()).find("can be changed"), std::string::npos) << changed.what();
  const Error copied = create_kek_error(
      "alter C_CreateObject 0x170 1\nalter C_CreateObject 0x171 1\nfail C_SetAttributeValue 0x10" + quiet);
  EXPECT_NE(std::string(copied.what()).find("can be copied"), std::string::npos) << copied.what();
}

}  // namespace
}  // namespace hsm::test
