// SPDX-License-Identifier: Apache-2.0
// Sets up a throw-away SoftHSM token with a key-encryption key of the same attributes as the server's.
#include "session.h"

#include <dlfcn.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace bench {
namespace {

constexpr std::string_view so_pin = "12345678";
constexpr std::string_view user_pin = "87654321";  // of a token that lives for seconds

void check(CK_RV result, const char* call) {
  if (result == CKR_OK) return;
  char code[32];
  std::snprintf(code, sizeof code, " returned 0x%lx", result);
  throw std::runtime_error(std::string(call) + code);
}

CK_UTF8CHAR* pin_octets(std::string_view pin) {
  return reinterpret_cast<CK_UTF8CHAR*>(const_cast<char*>(pin.data()));  // Cryptoki knows no const
}

template <typename T>
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, T& value) {
  return {type, &value, sizeof value};
}

std::filesystem::path make_folder() {
  std::string name = std::filesystem::temp_directory_path() / "tokenloop-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return name;
}

}  // namespace

TokenFolder::TokenFolder(const std::string& mechanisms) : path_(make_folder()) {
  const auto tokens = path_ / "tokens";
  const auto configuration = path_ / "softhsm2.conf";
  std::filesystem::create_directory(tokens);
  std::ofstream out(configuration);
  out << "directories.tokendir = " << tokens.string() << "\nobjectstore.backend = file\nlog.level = ERROR\n";
  if (!mechanisms.empty()) out << "slots.mechanisms = " << mechanisms << "\n";
  out.close();
  if (!out || setenv("SOFTHSM2_CONF", configuration.c_str(), 1) != 0)
    throw std::runtime_error("no SoftHSM configuration");
}

TokenFolder::~TokenFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void TokenSession::CloseLibrary::operator()(void* library) const { dlclose(library); }

TokenSession::TokenSession(const TokenSettings& settings)
    : folder_(settings.mechanisms), private_keys_(settings.private_keys) {
  load(settings.module);
  log_in(initialise_token());
  create_kek();
}

TokenSession::~TokenSession() { calls_->C_Finalize(nullptr); }

void TokenSession::load(const std::string& module) {
  library_.reset(dlopen(module.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!library_) throw std::runtime_error("cannot load " + module);
  const auto get_list = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library_.get(), "C_GetFunctionList"));
  if (get_list == nullptr) throw std::runtime_error(module + " is no PKCS#11 module");
  check(get_list(&calls_), "C_GetFunctionList");
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.flags = CKF_OS_LOCKING_OK;
  check(calls_->C_Initialize(&arguments), "C_Initialize");
}

CK_SLOT_ID TokenSession::initialise_token() const {
  std::array<CK_UTF8CHAR, 32> label;
  label.fill(' ');
  CK_SLOT_ID slot = 0;
  CK_ULONG count = 1;
  check(calls_->C_GetSlotList(CK_FALSE, &slot, &count), "C_GetSlotList");
  check(calls_->C_InitToken(slot, pin_octets(so_pin), so_pin.size(), label.data()), "C_InitToken");
  return slot;
}

void TokenSession::log_in(CK_SLOT_ID slot) {
  constexpr CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
  check(calls_->C_OpenSession(slot, flags, nullptr, nullptr, &session_), "C_OpenSession");
  check(calls_->C_Login(session_, CKU_SO, pin_octets(so_pin), so_pin.size()), "C_Login as SO");
  check(calls_->C_InitPIN(session_, pin_octets(user_pin), user_pin.size()), "C_InitPIN");
  check(calls_->C_Logout(session_), "C_Logout");
  check(calls_->C_Login(session_, CKU_USER, pin_octets(user_pin), user_pin.size()), "C_Login");
}

void TokenSession::create_kek() {
  if (RAND_bytes(kek_value_.data(), static_cast<int>(kek_value_.size())) != 1)
    throw std::runtime_error("no random bytes");
  CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
  CK_KEY_TYPE type = CKK_AES;
  CK_BBOOL yes = CK_TRUE;
  CK_BBOOL no = CK_FALSE;
  CK_MECHANISM_TYPE wrap_only = CKM_AES_KEY_WRAP;
  std::array unwrapped{attribute(CKA_SENSITIVE, yes), attribute(CKA_EXTRACTABLE, no)};
  std::array attributes{attribute(CKA_CLASS, object_class),
                        attribute(CKA_KEY_TYPE, type),
                        attribute(CKA_TOKEN, yes),
                        attribute(CKA_PRIVATE, yes),
                        attribute(CKA_SENSITIVE, yes),
                        attribute(CKA_EXTRACTABLE, no),
                        attribute(CKA_UNWRAP, yes),
                        attribute(CKA_WRAP, no),
                        attribute(CKA_ENCRYPT, no),
                        attribute(CKA_DECRYPT, no),
                        attribute(CKA_MODIFIABLE, no),
                        attribute(CKA_COPYABLE, no),
                        attribute(CKA_VALUE, kek_value_),
                        attribute(CKA_ALLOWED_MECHANISMS, wrap_only),
                        attribute(CKA_UNWRAP_TEMPLATE, unwrapped)};
  check(calls_->C_CreateObject(session_, attributes.data(), attributes.size(), &kek_), "C_CreateObject");
}

WrappedKey TokenSession::wrap(const Block& k) const {
  const std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> cipher(
      EVP_CIPHER_fetch(nullptr, "AES-256-WRAP", nullptr), &EVP_CIPHER_free);
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                &EVP_CIPHER_CTX_free);
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  WrappedKey wrapped;
  int size = 0;
  if (EVP_EncryptInit_ex2(context.get(), cipher.get(), kek_value_.data(), nullptr, nullptr) != 1 ||
      EVP_EncryptUpdate(context.get(), wrapped.data(), &size, k.data(), static_cast<int>(k.size())) != 1 ||
      size != static_cast<int>(wrapped.size())) {
    throw std::runtime_error("AES key wrap failed");
  }
  return wrapped;
}

CK_OBJECT_HANDLE TokenSession::unwrap(const WrappedKey& key) const {
  CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
  CK_KEY_TYPE type = CKK_AES;
  CK_BBOOL yes = CK_TRUE;
  CK_BBOOL no = CK_FALSE;
  CK_BBOOL is_private = private_keys_ ? CK_TRUE : CK_FALSE;
  std::array attributes{attribute(CKA_CLASS, object_class), attribute(CKA_KEY_TYPE, type),
                        attribute(CKA_TOKEN, no),           attribute(CKA_PRIVATE, is_private),
                        attribute(CKA_SENSITIVE, yes),      attribute(CKA_EXTRACTABLE, no),
                        attribute(CKA_ENCRYPT, yes)};
  CK_MECHANISM mechanism{CKM_AES_KEY_WRAP, nullptr, 0};
  WrappedKey blob = key;
  CK_OBJECT_HANDLE handle = 0;
  check(calls_->C_UnwrapKey(session_, &mechanism, kek_, blob.data(), blob.size(), attributes.data(), attributes.size(),
                            &handle),
        "C_UnwrapKey");
  return handle;
}

void TokenSession::destroy(CK_OBJECT_HANDLE key) const {
  check(calls_->C_DestroyObject(session_, key), "C_DestroyObject");
}

void TokenSession::begin(CK_OBJECT_HANDLE key) const {
  CK_MECHANISM mechanism{CKM_AES_ECB, nullptr, 0};
  check(calls_->C_EncryptInit(session_, &mechanism, key), "C_EncryptInit");
}

void TokenSession::update(std::span<const std::uint8_t> in, std::span<std::uint8_t> out) const {
  auto* octets = const_cast<std::uint8_t*>(in.data());  // Cryptoki knows no const
  CK_ULONG size = out.size();
  check(calls_->C_EncryptUpdate(session_, octets, in.size(), out.data(), &size), "C_EncryptUpdate");
  if (size != out.size()) throw std::runtime_error("C_EncryptUpdate held blocks back");
}

void TokenSession::end() const {
  Block rest;
  CK_ULONG size = rest.size();
  check(calls_->C_EncryptFinal(session_, rest.data(), &size), "C_EncryptFinal");
}

}  // namespace bench
