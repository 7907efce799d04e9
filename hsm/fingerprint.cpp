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

// The label and the check block, encrypted.
Secret<2 * block_octets> encrypted_blocks(const Object& k) {
  CK_MECHANISM ecb{CKM_AES_ECB, nullptr, 0};
  Secret<2 * block_octets> blocks;
  std::ranges::copy(check_block, std::ranges::copy(label_block, blocks.edit().begin()).out);
  CK_ULONG length = blocks.size();
  check(k.functions.C_EncryptInit(k.session, &ecb, k.handle), "C_EncryptInit", "the fingerprint");
  check(k.functions.C_Encrypt(k.session, blocks.edit().data(), blocks.size(), blocks.edit().data(), &length),
        "C_Encrypt", "the fingerprint");
  if (length != blocks.size()) throw Error(Kind::config, "C_Encrypt", 0, "the token gave blocks of another size");
  return blocks;
}

}  // namespace

const CheckBlock check_block{'q', 'u', 'i', 'n', 't', 'e', 't', ':', 's', 'a', 'm', 'e', '-', 'k', 'e', 'y'};

Marks marks_of(const Object& k, const HeapSecret& fingerprint_key) {
  const Secret<2 * block_octets> blocks = encrypted_blocks(k);
  const Bytes key = fingerprint_key.view();
  Secret<sha256_octets> mac;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), blocks.view().data(), block_octets,
           mac.edit().data(), nullptr) == nullptr) {
    throw Error(Kind::device, "", 0, "OpenSSL could not compute a fingerprint");
  }
  Marks marks;
  std::copy_n(mac.view().begin(), marks.fingerprint.size(), marks.fingerprint.begin());
  std::ranges::copy(blocks.view().last<block_octets>(), marks.check.begin());
  return marks;
}

Fingerprint fingerprint_of(const Object& k, const HeapSecret& fingerprint_key) {
  return marks_of(k, fingerprint_key).fingerprint;
}

}  // namespace hsm
