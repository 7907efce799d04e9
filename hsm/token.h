// SPDX-License-Identifier: Apache-2.0
// The port to a token that keeps subscriber keys: load a key, encrypt AES blocks under it, draw random octets.
#pragma once

#include "hsm/error.h"
#include "hsm/secret.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hsm {

// Tells that two subscriber keys are the same one, and nothing else about them (docs/architecture.md, "Keys").
inline constexpr std::size_t fingerprint_octets = 16;
using Fingerprint = std::array<std::uint8_t, fingerprint_octets>;

// Where a subscriber key is and what goes with it; plain data as the store holds it, nothing of it secret in itself.
struct KeyReference {
  std::string owner;                        // name of the credential; bound into `sealed` as associated data
  std::uint16_t kek_id = 0;                 // which key-encryption key wraps `wrapped`
  std::string wrap_mechanism;               // "aes-key-wrap", ... as in the configuration; empty with `uri`
  std::vector<std::uint8_t> wrapped;        // K wrapped under the KEK (RFC 3394: 24 octets); empty with `uri`
  std::string uri;                          // RFC 7512 URI of a token object, or empty
  std::uint16_t data_key_id = 0;            // which data key seals `sealed`
  std::vector<std::uint8_t> sealed;         // AES-256-GCM: 12 nonce, ciphertext, 16 tag (see sealed.h)
  std::vector<std::uint8_t> fingerprint{};  // of K, or empty while nobody has taken it

  bool operator==(const KeyReference&) const = default;
};

// A key ready for use: a handle inside the token and, beside it, the opened companion (OPc) in the secure heap.
// Shared: the cache may drop it while a batch still uses it; the token object is destroyed with the last owner.
class LoadedKey {
 public:
  virtual ~LoadedKey() = default;
  LoadedKey(const LoadedKey&) = delete;
  LoadedKey& operator=(const LoadedKey&) = delete;
  [[nodiscard]] const HeapSecret& companion() const noexcept { return companion_; }

 protected:
  explicit LoadedKey(HeapSecret companion) : companion_(std::move(companion)) {}

 private:
  HeapSecret companion_;
};
using Key = std::shared_ptr<const LoadedKey>;

// One thread at a time. Every call may block as long as the token does; the caller watches the clock.
// All throw Error.
class Token {
 public:
  virtual ~Token() = default;

  // Unwraps (or finds) the key and opens its companion, or takes both from the cache. Error of kind key when the key's
  // fingerprint is not the reference's: its number state would be another key's.
  virtual Key load(const KeyReference& reference) = 0;

  // Opens a value that is sealed beside no key, under a data key of the token. Error of kind key when that key is not
  // there or did not seal this with this binding.
  virtual HeapSecret unseal(std::uint16_t data_key_id, Bytes binding, Bytes sealed) = 0;

  // AES-128-ECB under the key as begin, update..., end. `in` and `out` have the same length, a multiple of 16 octets,
  // and may be the same memory. end() never throws and may be called when nothing has begun. No other call of this
  // Token comes between begin and end, it would end the encryption. After an Error of kind stale or session: load the
  // key again and begin once more.
  virtual void begin(const Key& key) = 0;
  virtual void update(Bytes in, MutableBytes out) = 0;
  virtual void end() noexcept = 0;

  // Token octets XOR getrandom(2), so that either source suffices.
  virtual void random(MutableBytes out) = 0;
};

// begin and end as a scope.
class Encryption {
 public:
  Encryption(Token& token, const Key& key) : token_(token) { token_.begin(key); }
  Encryption(const Encryption&) = delete;
  Encryption& operator=(const Encryption&) = delete;
  ~Encryption() { token_.end(); }
  void update(Bytes in, MutableBytes out) { token_.update(in, out); }

 private:
  Token& token_;
};

}  // namespace hsm
