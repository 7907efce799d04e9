// SPDX-License-Identifier: Apache-2.0
// A PKCS#11 module with a temporary SoftHSM token, one logged-in session, and the few calls that the loops need.
#pragma once

#include <p11-kit/pkcs11.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "../lib/milenage.h"

namespace bench {

struct TokenSettings {
  std::string module = "/usr/lib/softhsm/libsofthsm2.so";
  std::string mechanisms;    // "slots.mechanisms" of SoftHSM's configuration; empty: not written
  bool private_keys = true;  // CKA_PRIVATE of the session keys
};

using WrappedKey = std::array<std::uint8_t, 24>;  // RFC 3394

// A folder that goes away with its owner; SoftHSM's configuration and token live there.
class TokenFolder {
 public:
  explicit TokenFolder(const std::string& mechanisms);
  ~TokenFolder();
  TokenFolder(const TokenFolder&) = delete;  // the folder has one owner
  TokenFolder& operator=(const TokenFolder&) = delete;

 private:
  std::filesystem::path path_;
};

// All methods throw std::runtime_error with the name of the failed call and its return code.
class TokenSession {
 public:
  explicit TokenSession(const TokenSettings& settings);
  ~TokenSession();
  TokenSession(const TokenSession&) = delete;  // it finalises the module
  TokenSession& operator=(const TokenSession&) = delete;

  // K wrapped under the token's key-encryption key, by OpenSSL.
  [[nodiscard]] WrappedKey wrap(const Block& k) const;
  [[nodiscard]] CK_OBJECT_HANDLE unwrap(const WrappedKey& key) const;
  void destroy(CK_OBJECT_HANDLE key) const;

  // AES of one vector: Init, then one update per part, then Final.
  void begin(CK_OBJECT_HANDLE key) const;
  void update(std::span<const std::uint8_t> in, std::span<std::uint8_t> out) const;
  void end() const;

 private:
  struct CloseLibrary {
    void operator()(void* library) const;
  };

  void load(const std::string& module);
  [[nodiscard]] CK_SLOT_ID initialise_token() const;
  void log_in(CK_SLOT_ID slot);
  void create_kek();

  TokenFolder folder_;
  bool private_keys_;
  std::array<std::uint8_t, 32> kek_value_{};
  std::unique_ptr<void, CloseLibrary> library_;
  CK_FUNCTION_LIST* calls_ = nullptr;
  CK_SESSION_HANDLE session_ = 0;
  CK_OBJECT_HANDLE kek_ = 0;
};

}  // namespace bench
