// SPDX-License-Identifier: Apache-2.0
// RFC 3394, RFC 5649 and CBC wrapping by OpenSSL.
#include "hsm/admin/host_wrap.h"

#include "hsm/error.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>

namespace hsm {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};

const EVP_CIPHER* cipher_of(const WrapMechanism& mechanism) {
  switch (mechanism.type) {
    case CKM_AES_KEY_WRAP:
      return EVP_aes_256_wrap();
    case CKM_AES_CBC_PAD:
      return EVP_aes_256_cbc();
    default:
      return EVP_aes_256_wrap_pad();
  }
}

}  // namespace

std::vector<std::uint8_t> wrap_on_host(const WrapMechanism& mechanism, const HeapSecret& kek, const HeapSecret& key) {
  constexpr std::size_t longest_growth = 16;
  std::vector<std::uint8_t> blob(mechanism.iv_octets + key.size() + longest_growth);
  const bool has_iv = mechanism.iv_octets > 0;
  const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
  std::uint8_t* body = blob.data() + mechanism.iv_octets;
  int length = 0;
  int rest = 0;
  if (context != nullptr) EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  if (context == nullptr || (has_iv && RAND_bytes(blob.data(), static_cast<int>(mechanism.iv_octets)) != 1) ||
      EVP_EncryptInit_ex(context.get(), cipher_of(mechanism), nullptr, kek.view().data(),
                         has_iv ? blob.data() : nullptr) != 1 ||
      EVP_EncryptUpdate(context.get(), body, &length, key.view().data(), static_cast<int>(key.size())) != 1 ||
      EVP_EncryptFinal_ex(context.get(), body + length, &rest) != 1) {
    throw Error(Kind::device, "", 0, "OpenSSL could not wrap a probe key");
  }
  blob.resize(mechanism.iv_octets + static_cast<std::size_t>(length + rest));
  return blob;
}

}  // namespace hsm
