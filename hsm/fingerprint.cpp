// SPDX-License-Identifier: Apache-2.0
// Fingerprints: the token encrypts the label block, OpenSSL takes the HMAC.
#include "hsm/fingerprint.h"

#include "hsm/cryptoki_error.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <string_view>

namespace hsm {
namespace {

constexpr std::size_t sha256_octets = 32;
// For ever, as all fingerprints hang on it. Not zeros: those a card with OP = 0 encrypts to its OPc.
constexpr std::string_view label_block = "quintet:card-key";
static_assert(label_block.size() == block_octets);

Fingerprint fingerprint_by(Bytes label, const HeapSecret& fingerprint_key) {
  const Bytes key = fingerprint_key.view();
  Secret<sha256_octets> mac;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), label.data(), label.size(), mac.edit().data(),
           nullptr) == nullptr) {
    throw Error(Kind::device, "", 0, "OpenSSL could not compute a fingerprint");
  }
  Fingerprint fingerprint;
  std::copy_n(mac.view().begin(), fingerprint.size(), fingerprint.begin());
  return fingerprint;
}

}  // namespace

const CheckBlock check_block{'q', 'u', 'i', 'n', 't', 'e', 't', ':', 's', 'a', 'm', 'e', '-', 'k', 'e', 'y'};

const MarkBlocks mark_blocks = [] {
  MarkBlocks blocks;
  std::ranges::copy(check_block, std::ranges::copy(label_block, blocks.begin()).out);
  return blocks;
}();

Marks marks_of(Bytes encrypted, const HeapSecret& fingerprint_key) {
  Marks marks;
  marks.fingerprint = fingerprint_by(encrypted.first<block_octets>(), fingerprint_key);
  std::ranges::copy(encrypted.last<block_octets>(), marks.check.begin());
  return marks;
}

Fingerprint fingerprint_of(const Object& k, const HeapSecret& fingerprint_key) {
  Secret<block_octets> block;
  std::ranges::copy(label_block, block.edit().begin());
  k.encrypt(block.edit(), "the fingerprint");
  return fingerprint_by(block.view(), fingerprint_key);
}

}  // namespace hsm
