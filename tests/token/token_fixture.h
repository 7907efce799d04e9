// SPDX-License-Identifier: Apache-2.0
// A SoftHSM with a server token and an import token that share a KEK, made anew for each test in a folder of its own.
#pragma once

#include "hsm/admin/import_session.h"
#include "hsm/admin/key_admin.h"
#include "hsm/cryptoki.h"
#include "hsm/pkcs11_token.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace hsm::test {

using Block = std::array<std::uint8_t, 16>;

// AES-128-ECB (AES-256 with 32 octets) by OpenSSL, the independent judge of what the token computes.
std::vector<std::uint8_t> aes_ecb(Bytes key, Bytes plain);
HeapSecret secret_of(std::string_view hex);
std::vector<std::uint8_t> octets_of(std::string_view hex);
std::vector<std::uint8_t> octets_of(const Fingerprint& fingerprint);  // as KeyReference::fingerprint
void write_file(const std::filesystem::path& file, std::string_view text);

class TokenTest : public ::testing::Test {
 protected:
  static constexpr const char* softhsm = "/usr/lib/softhsm/libsofthsm2.so";

  TokenTest();  // a SoftHSM without any token
  ~TokenTest() override;

  // Both tokens, KEK of id 1 and a data key.
  void make_tokens(std::uint16_t data_key_id = 1);
  void make_kek(std::uint16_t id, const HeapSecret& value);
  [[nodiscard]] TokenAccess server_access() const { return {"server", "", pin_file}; }
  [[nodiscard]] TokenAccess import_access() const { return {"import", "", pin_file}; }
  [[nodiscard]] ImportConfig import_config() const;
  [[nodiscard]] virtual std::string module() const { return softhsm; }
  [[nodiscard]] TokenConfig server_config() const;

  // A credential as the database would hold it. Needs the module for itself.
  KeyReference provision(const std::string& owner, const HeapSecret& k, const HeapSecret& opc);
  KekCheck check_of_kek();

  // What the token computes for that key.
  static std::vector<std::uint8_t> encrypt(Token& token, const Key& key, Bytes plain);

  std::filesystem::path folder;
  std::filesystem::path tokens;
  std::filesystem::path pin_file;
  std::filesystem::path so_pin_file;

  const HeapSecret k = secret_of("465b5ce8b199b49faa5f0a2ee238a6bc");
  const HeapSecret opc = secret_of("cd63cb71954a9f4e48a5994e37a02baf");
  const HeapSecret data_root = secret_of("404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f");
  const HeapSecret other_k = secret_of("0396eb317b6d1c36f19c1c84cd6ffd16");
};

// The same with the fault-planting module between the server's token and SoftHSM.
class ShimTest : public TokenTest {
 protected:
  ShimTest();
  ~ShimTest() override { order(""); }
  [[nodiscard]] std::string module() const override { return SHIM_MODULE; }
  // Replaces all orders; see p11shim/control.h for what can be ordered.
  static void order(std::string_view orders);
};

// The function list of SoftHSM itself, for doing behind the back of a token that is open in this process what another
// application could do.
const CK_FUNCTION_LIST& raw_softhsm();

// Runs the call and returns the Error it throws; fails the test if it throws none.
template <typename Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return {Kind::config, "", 0, ""};
}

}  // namespace hsm::test
