// SPDX-License-Identifier: Apache-2.0
// Marks a RAND in its own second half, so that nobody has to remember which ones were issued.
#include "hss/proved_rand.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace hss {
namespace {

constexpr std::size_t half = 8;
constexpr std::size_t sha256_octets = 32;
using Half = std::array<std::uint8_t, half>;

Half proof_of(const auc::Rand& rand, std::span<const std::uint8_t> nonce) {
  std::array<std::uint8_t, sha256_octets> mac{};
  if (HMAC(EVP_sha256(), nonce.data(), static_cast<int>(nonce.size()), rand.octets.data(), half, mac.data(), nullptr) ==
      nullptr) {
    throw std::runtime_error("OpenSSL could not compute an HMAC");
  }
  Half proof{};
  std::copy_n(mac.begin(), half, proof.begin());
  return proof;
}

}  // namespace

void prove(auc::Rand& rand, std::span<const std::uint8_t> nonce) {
  std::ranges::copy(proof_of(rand, nonce), rand.octets.begin() + half);
}

bool is_proved(const auc::Rand& rand, std::span<const std::uint8_t> nonce) {
  return !nonce.empty() && CRYPTO_memcmp(proof_of(rand, nonce).data(), rand.octets.data() + half, half) == 0;
}

}  // namespace hss
