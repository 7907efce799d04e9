// SPDX-License-Identifier: Apache-2.0
// Makes and removes the SoftHSM of a test.
#include "token_fixture.h"

#include <dlfcn.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>

namespace hsm::test {

std::vector<std::uint8_t> octets_of(std::string_view hex) {
  std::vector<std::uint8_t> octets;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    octets.push_back(static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return octets;
}

std::vector<std::uint8_t> octets_of(const Fingerprint& fingerprint) { return {fingerprint.begin(), fingerprint.end()}; }

HeapSecret secret_of(std::string_view hex) { return HeapSecret(octets_of(hex)); }

void write_file(const std::filesystem::path& file, std::string_view text) {
  std::ofstream(file, std::ios::trunc) << text;
  std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

std::vector<std::uint8_t> aes_ecb(Bytes key, Bytes plain) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                EVP_CIPHER_CTX_free);
  std::vector<std::uint8_t> out(plain.size());
  int length = 0;
  EXPECT_EQ(EVP_EncryptInit_ex(context.get(), key.size() == 32 ? EVP_aes_256_ecb() : EVP_aes_128_ecb(), nullptr,
                               key.data(), nullptr),
            1);
  EXPECT_EQ(EVP_CIPHER_CTX_set_padding(context.get(), 0), 1);
  EXPECT_EQ(EVP_EncryptUpdate(context.get(), out.data(), &length, plain.data(), static_cast<int>(plain.size())), 1);
  return out;
}

TokenTest::TokenTest() {
  std::string name = (std::filesystem::temp_directory_path() / "quintet-token-XXXXXX").string();
  folder = ::mkdtemp(name.data());
  tokens = folder / "tokens";
  pin_file = folder / "pin";
  so_pin_file = folder / "so-pin";
  std::filesystem::create_directory(tokens);
  write_file(folder / "softhsm2.conf",
             "directories.tokendir = " + tokens.string() + "\nobjectstore.backend = file\nlog.level = ERROR\n");
  write_file(pin_file, "4711-user\n");
  write_file(so_pin_file, "0815-officer\n");
  ::setenv("SOFTHSM2_CONF", (folder / "softhsm2.conf").c_str(), 1);
}

TokenTest::~TokenTest() { std::filesystem::remove_all(folder); }

void TokenTest::make_tokens(std::uint16_t data_key_id) {
  ASSERT_TRUE(initialise_token(softhsm, server_access(), so_pin_file));
  ASSERT_TRUE(initialise_token(softhsm, import_access(), so_pin_file));
  const auto shared = load_module(softhsm);
  AdminToken server(shared, server_access());
  AdminToken import(shared, import_access());
  const HeapSecret kek = server.random(32);
  server.create_kek({}, KekRole::server, kek);
  import.create_kek({}, KekRole::import, kek);
  server.create_data_key("quintet-opc", data_key_id, data_root);
  import.create_data_key("quintet-opc", data_key_id, data_root);
}

void TokenTest::make_kek(std::uint16_t id, const HeapSecret& value) {
  const auto shared = load_module(softhsm);
  KekSpec spec;
  spec.id = id;
  AdminToken(shared, server_access()).create_kek(spec, KekRole::server, value);
  AdminToken(shared, import_access()).create_kek(spec, KekRole::import, value);
}

ImportConfig TokenTest::import_config() const {
  ImportConfig config;
  config.token = import_access();
  return config;
}

TokenConfig TokenTest::server_config() const {
  TokenConfig config;
  config.module = module();
  config.label = "server";
  config.pin_file = pin_file;
  config.retry_min = std::chrono::milliseconds(20);
  config.retry_max = std::chrono::milliseconds(100);
  return config;
}

KeyReference TokenTest::provision(const std::string& owner, const HeapSecret& key, const HeapSecret& companion) {
  ImportSession session(load_module(softhsm), import_config());
  KeyReference reference;
  reference.owner = owner;
  reference.kek_id = 1;
  reference.wrap_mechanism = "aes-key-wrap";
  const auto passing = session.from_plain(key);
  reference.wrapped = session.wrap(passing);
  reference.fingerprint = octets_of(session.fingerprint(passing));
  reference.data_key_id = 1;
  reference.sealed = session.seal_opc(owner, reference.wrapped, companion);
  return reference;
}

KekCheck TokenTest::check_of_kek() { return ImportSession(load_module(softhsm), import_config()).make_check(); }

std::vector<std::uint8_t> TokenTest::encrypt(Token& token, const Key& key, Bytes plain) {
  std::vector<std::uint8_t> out(plain.size());
  Encryption encryption(token, key);
  encryption.update(plain, out);
  return out;
}

namespace {

// One for the process: the shim reads its environment once.
std::filesystem::path control_file() {
  return std::filesystem::temp_directory_path() / ("quintet-shim-" + std::to_string(::getpid()) + ".orders");
}

}  // namespace

ShimTest::ShimTest() {
  ::setenv("QUINTET_SHIM_MODULE", softhsm, 1);
  ::setenv("QUINTET_SHIM_CONTROL", control_file().c_str(), 1);
  order("");
  make_tokens();
}

void ShimTest::order(std::string_view orders) {
  if (orders.empty()) {
    std::filesystem::remove(control_file());
    return;
  }
  const std::filesystem::path draft = control_file().string() + ".new";
  write_file(draft, orders);
  std::filesystem::rename(draft, control_file());
}

const CK_FUNCTION_LIST& raw_softhsm() {
  void* library = ::dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
  const auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* functions = nullptr;
  EXPECT_EQ(get(&functions), CKR_OK);
  return *functions;
}

}  // namespace hsm::test
