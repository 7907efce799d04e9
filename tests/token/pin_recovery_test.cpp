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
  token.maintain();
  EXPECT_EQ(error_of([&] { token.open(); }).kind(), Kind::pin);
  order("");
  write_file(pin_file, "4711-user\n");
  expect_soon([&] { serve(token); });
}

TEST_F(PinRecoveryTest, locked_pin_is_of_kind_pin) {
  order("fail C_Login 0xA4 count=1");
  Pkcs11Token token(server_config());
  const Error error = error_of([&] { token.open(); });
  EXPECT_EQ(error.kind(), Kind::pin);
  EXPECT_EQ(error.rv(), CKR_PIN_LOCKED);
  std::this_thread::sleep_for(150ms);
  EXPECT_THROW(token.open(), Error);
}

TEST_F(PinRecoveryTest, missing_pin_file_is_named_and_awaited) {
  std::filesystem::rename(pin_file, folder / "elsewhere");
  Pkcs11Token token(server_config());
  const Error error = error_of([&] { token.open(); });
  EXPECT_EQ(error.kind(), Kind::pin);
  EXPECT_NE(std::string(error.what()).find(pin_file.string()), std::string::npos);
  std::filesystem::rename(folder / "elsewhere", pin_file);
  expect_soon([&] { serve(token); });
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
  expect_soon([&] { serve(token); });
}

TEST_F(PinRecoveryTest, no_error_or_log_line_tells_the_pin) {
  write_file(pin_file, "wrong-but-secret\n");
  Pkcs11Token token(server_config());
  const Error error = error_of([&] { token.open(); });
  EXPECT_EQ(std::string(error.what()).find("wrong-but-secret"), std::string::npos);
}

}  // namespace
}  // namespace hsm::test
