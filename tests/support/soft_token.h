// SPDX-License-Identifier: Apache-2.0
// A token in software for tests: keys in the clear, AES by OpenSSL, random octets from a seed, faults on request.
#pragma once

#include "hsm/token.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace support {

using Block = std::array<std::uint8_t, 16>;

class SoftKey final : public hsm::LoadedKey {
 public:
  SoftKey(std::span<const std::uint8_t, 16> k, hsm::HeapSecret companion)
      : hsm::LoadedKey(std::move(companion)), k_(k) {}
  [[nodiscard]] std::span<const std::uint8_t, 16> k() const noexcept { return k_.view(); }

 private:
  hsm::Secret<16> k_;
};

// Stricter than a real token: an update that has not begun, a begin inside a begin and a length that is not whole
// blocks are refused, so that a test of the caller sees them.
class SoftToken final : public hsm::Token {
 public:
  struct Calls {
    std::size_t load = 0, begin = 0, update = 0, end = 0, random = 0;
  };

  explicit SoftToken(std::uint64_t seed = 1)
      : cipher_(EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr)), context_(EVP_CIPHER_CTX_new()), random_(seed) {
    if (!cipher_ || !context_) throw std::runtime_error("OpenSSL without AES-128-ECB");
  }

  // Called with the port's name before each call that may fail; a test throws hsm::Error from it.
  std::function<void(std::string_view call)> before;
  Calls calls;

  // What load() of this token takes: K and OPc in the clear where a real one has them wrapped and sealed.
  static hsm::KeyReference reference(hsm::Bytes k, hsm::Bytes opc) {
    hsm::KeyReference reference;
    reference.wrapped.assign(k.begin(), k.end());
    reference.sealed.assign(opc.begin(), opc.end());
    return reference;
  }

  hsm::Key load(const hsm::KeyReference& reference) override {
    ++calls.load;
    announce("load");
    const hsm::Bytes k(reference.wrapped);
    if (k.size() != 16) throw hsm::Error(hsm::Kind::key, "load", 0, "soft token: K has another length than 16");
    return std::make_shared<SoftKey>(k.first<16>(), hsm::HeapSecret(hsm::Bytes(reference.sealed)));
  }

  // What is sealed for this token lies in the clear.
  hsm::HeapSecret unseal(std::uint16_t, hsm::Bytes, hsm::Bytes sealed) override {
    announce("unseal");
    return hsm::HeapSecret(sealed);
  }

  void begin(const hsm::Key& key) override {
    ++calls.begin;
    announce("begin");
    if (active_) refuse("begin", "soft token: an operation is active");
    const auto* soft = dynamic_cast<const SoftKey*>(key.get());
    if (soft == nullptr) throw hsm::Error(hsm::Kind::key, "begin", 0, "soft token: key of another token");
    const bool done = EVP_EncryptInit_ex2(context_.get(), cipher_.get(), soft->k().data(), nullptr, nullptr) == 1;
    if (!done || EVP_CIPHER_CTX_set_padding(context_.get(), 0) != 1) refuse("begin", "soft token: OpenSSL failed");
    active_ = true;
  }

  void update(hsm::Bytes in, hsm::MutableBytes out) override {
    ++calls.update;
    announce("update");
    if (!active_) refuse("update", "soft token: no operation is active");
    if (in.size() != out.size() || in.empty() || in.size() % 16 != 0) refuse("update", "soft token: not whole blocks");
    int written = 0;
    const int size = static_cast<int>(in.size());  // tests stay far below 2^31
    if (EVP_EncryptUpdate(context_.get(), out.data(), &written, in.data(), size) != 1 || written != size) {
      refuse("update", "soft token: OpenSSL failed");
    }
  }

  void end() noexcept override {
    ++calls.end;
    active_ = false;
  }

  void random(hsm::MutableBytes out) override {
    ++calls.random;
    announce("random");
    std::ranges::generate(out, [this] { return static_cast<std::uint8_t>(random_()); });
  }

  [[nodiscard]] bool active() const noexcept { return active_; }

 private:
  struct Free {
    void operator()(EVP_CIPHER* cipher) const noexcept { EVP_CIPHER_free(cipher); }
    void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
  };

  void announce(std::string_view call) const {
    if (before) before(call);
  }
  [[noreturn]] static void refuse(const char* call, const char* message) {
    throw hsm::Error(hsm::Kind::session, call, 0, message);
  }

  std::unique_ptr<EVP_CIPHER, Free> cipher_;
  std::unique_ptr<EVP_CIPHER_CTX, Free> context_;
  std::mt19937_64 random_;
  bool active_ = false;
};

}  // namespace support
