// SPDX-License-Identifier: Apache-2.0
// Wrong, locked, missing and new PINs: tried once, then again only when the file holds another.
#include "recovery_fixture.h"

namespace hsm::test {
namespace {

class PinRecoveryTest : public RecoveryTest {};

TEST_F(PinRecoveryTest, wrong_pin_is_tried_once_until_the_file_holds_another) {
  write_file(pin_file, "wrong-pin\n");
  Pkcs11Token token(server_config());
  EXPECT_EQ(error_of([&] { token.open(); }).kind(), Kind::pin);
  order("fail C_Login 0x30");  // whoever tries again would see a device error
  std::this_thread::sleep_for(150ms);
  EXPECT_EQ(error_of([&] { token.open(); }).kind(), Kind::pin);
  write_file(pin_file, "wrong-pin\n\n");  // the file is new, the PIN is not
  token.session(0).maintain();
  EXPECT_EQ(error_of([&] { token.open(); }).kind(), Kind::pin);
  order("");
  write_file(pin_file, "4711-user\n");
  expect_soon([&] { serve(token.session(0)); });
}

TEST_F(PinRecoveryTest, locked_pin_is_of_kind_pin) {
  order("fail C_Login 0xA4 count=1");
  Pkcs11Token token(server_config());
  const Error error = error_of([&] { token.open(); });
  EXPECT_EQ(error.kind(), Kind::pin);
  EXPECT_EQ(error.rv(), CKR_PIN_LOCKED);
  EXPECT_NE(std::string(error.what()).find("the security officer has to set a new one"), std::string::npos);
  std::this_thread::sleep_for(150ms);
  EXPECT_THROW(token.open(), Error);
}

// SoftHSM counts no tries: the shim says it in its place. A try would be seen as a device error.
TEST_F(PinRecoveryTest, last_try_is_spared_until_the_token_has_more) {
  order("alter C_GetTokenInfo 0x20000 1\nfail C_Login 0x30");
  Pkcs11Token token(server_config());
  const Error error = error_of([&] { token.open(); });
  EXPECT_EQ(error.kind(), Kind::pin);
  EXPECT_NE(std::string(error.what()).find("has one try left and is not tried"), std::string::npos) << error.what();
  EXPECT_NE(std::string(error.what()).find("token.use_final_try"), std::string::npos) << error.what();
  std::this_thread::sleep_for(150ms);
  EXPECT_EQ(error_of([&] { token.open(); }).kind(), Kind::pin);
  order("");  // somebody has logged in, so the token counts anew; the PIN file is the same
  expect_soon([&] { serve(token.session(0)); });
}

TEST_F(PinRecoveryTest, last_try_is_used_when_told_so) {
  order("alter C_GetTokenInfo 0x20000 1");
  TokenConfig config = server_config();
  config.use_final_try = true;
  Pkcs11Token token(config);
  EXPECT_NO_THROW(serve(token.session(0)));
}

TEST_F(PinRecoveryTest, last_try_of_an_open_token_is_nobodys_business) {
  Pkcs11Token token(server_config());
  serve(token.session(0));
  order("alter C_GetTokenInfo 0x20000 1");  // another process has tried wrong PINs
  token.session(0).maintain();
  EXPECT_NO_THROW(serve(token.session(0)));
}

TEST_F(PinRecoveryTest, low_count_is_no_reason_not_to_try) {
  order("alter C_GetTokenInfo 0x10000 1");
  Pkcs11Token token(server_config());
  EXPECT_NO_THROW(serve(token.session(0)));
}

TEST_F(PinRecoveryTest, locked_token_is_told_plainly_and_not_tried) {
  order("alter C_GetTokenInfo 0x40000 1\nfail C_Login 0x30");
  Pkcs11Token token(server_config());
  const Error error = error_of([&] { token.open(); });
  EXPECT_EQ(error.kind(), Kind::pin);
  EXPECT_STREQ(
      error.what(),
      "the user PIN of token \"server\" is locked after wrong tries: the security officer has to set a new one");
  order("");
  expect_soon([&] { serve(token.session(0)); });
}

TEST_F(PinRecoveryTest, administration_spares_the_last_try_too) {
  const TokenAccess spare = server_access(), use{"server", "", pin_file, true};
  for (const std::string flag : {"0x20000", "0x40000"}) {
    order("alter C_GetTokenInfo " + flag + " 1\nfail C_Login 0x30");
    EXPECT_EQ(error_of([&] { AdminToken(load_module(module()), spare); }).kind(), Kind::pin) << flag;
  }
  order("alter C_GetTokenInfo 0x20000 1");
  EXPECT_NO_THROW(AdminToken(load_module(module()), use));
}

TEST_F(PinRecoveryTest, officers_last_try_is_spared_when_a_token_is_made) {
  TokenAccess access{"fresh", "", pin_file};
  order("alter C_GetTokenInfo 0x200000 1\nfail C_InitToken 0x30\nfail C_Login 0x30");
  const Error error = error_of([&] { initialise_token(module(), access, so_pin_file); });
  EXPECT_EQ(error.kind(), Kind::pin);
  EXPECT_NE(std::string(error.what()).find("security officer's PIN"), std::string::npos) << error.what();
  order("alter C_GetTokenInfo 0x200000 1");
  access.use_final_try = true;
  EXPECT_TRUE(initialise_token(module(), access, so_pin_file));
}

TEST_F(PinRecoveryTest, missing_pin_file_is_named_and_awaited) {
  std::filesystem::rename(pin_file, folder / "elsewhere");
  Pkcs11Token token(server_config());
  const Error error = error_of([&] { token.open(); });
  EXPECT_EQ(error.kind(), Kind::pin);
  EXPECT_NE(std::string(error.what()).find(pin_file.string()), std::string::npos);
  std::filesystem::rename(folder / "elsewhere", pin_file);
  expect_soon([&] { serve(token.session(0)); });
}

TEST_F(PinRecoveryTest, empty_pin_file_is_refused_without_a_login) {
  write_file(pin_file, "\n4711-user\n");
  order("fail C_Login 0x30");
  EXPECT_EQ(error_of([&] { Pkcs11Token(server_config()).open(); }).kind(), Kind::pin);
}

TEST_F(PinRecoveryTest, new_pin_is_tried_again_after_a_device_error) {
  write_file(pin_file, "wrong-pin\n");
  Pkcs11Token token(server_config());
  EXPECT_EQ(error_of([&] { token.open(); }).kind(), Kind::pin);
  order("fail C_OpenSession 0x30");
  write_file(pin_file, "4711-user\n");
  EXPECT_EQ(error_of([&] { token.open(); }).kind(), Kind::device);
  order("");
  expect_soon([&] { serve(token.session(0)); });
}

TEST_F(PinRecoveryTest, no_error_or_log_line_tells_the_pin) {
  write_file(pin_file, "wrong-but-secret\n");
  Pkcs11Token token(server_config());
  const Error error = error_of([&] { token.open(); });
  EXPECT_EQ(std::string(error.what()).find("wrong-but-secret"), std::string::npos);
}

}  // namespace
}  // namespace hsm::test
