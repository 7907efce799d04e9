// SPDX-License-Identifier: Apache-2.0
// Sealing and opening of companions with OpenSSL's AES-256-GCM.
#include "hsm/sealed.h"

#include "hsm/error.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <memory>

namespace hsm {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

Context start(const HeapSecret& data_key, Bytes nonce, Bytes binding, bool encrypt) {
  if (data_key.size() != data_key_octets) throw Error(Kind::config, "seal", 0, "a data key has 32 octets");
  Context context(EVP_CIPHER_CTX_new());
  int length = 0;
  if (context == nullptr ||
      EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, data_key.view().data(), nonce.data(),
                        encrypt ? 1 : 0) != 1 ||
      EVP_CipherUpdate(context.get(), nullptr, &length, binding.data(), static_cast<int>(binding.size())) != 1) {
    throw Error(Kind::device, "seal", 0, "OpenSSL could not start AES-256-GCM");
  }
  return context;
}

}  // namespace

std::vector<std::uint8_t> seal_binding(std::string_view owner, Bytes key_place) {
  std::vector<std::uint8_t> binding(owner.begin(), owner.end());
  binding.resize(owner.size() + 1 + SHA256_DIGEST_LENGTH);
  SHA256(key_place.data(), key_place.size(), &binding[owner.size() + 1]);
  return binding;
}

std::vector<std::uint8_t> seal_binding(const KeyReference& reference) {
  if (reference.uri.empty()) return seal_binding(reference.owner, reference.wrapped);
  const auto* text = reinterpret_cast<const std::uint8_t*>(reference.uri.data());
  return seal_binding(reference.owner, Bytes(text, reference.uri.size()));
}

std::vector<std::uint8_t> seal(const HeapSecret& data_key, const SealNonce& nonce, Bytes binding, Bytes plain) {
  const Context context = start(data_key, nonce, binding, true);
  std::vector<std::uint8_t> sealed(nonce.begin(), nonce.end());
  sealed.resize(nonce.size() + plain.size() + seal_tag_octets);
  std::uint8_t* body = sealed.data() + nonce.size();
  int length = 0;
  if (EVP_CipherUpdate(context.get(), body, &length, plain.data(), static_cast<int>(plain.size())) != 1 ||
      EVP_CipherFinal_ex(context.get(), body + length, &length) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, seal_tag_octets, body + plain.size()) != 1) {
    throw Error(Kind::device, "seal", 0, "OpenSSL could not seal");
  }
  return sealed;
}

std::optional<HeapSecret> open_sealed(const HeapSecret& data_key, Bytes binding, Bytes sealed) {
  if (sealed.size() < seal_nonce_octets + seal_tag_octets) return std::nullopt;
  const Bytes body = sealed.subspan(seal_nonce_octets, sealed.size() - seal_nonce_octets - seal_tag_octets);
  std::array<std::uint8_t, seal_tag_octets> tag{};
  std::copy(sealed.end() - seal_tag_octets, sealed.end(), tag.begin());
  const Context context = start(data_key, sealed.first(seal_nonce_octets), binding, false);
  HeapSecret plain(body.size());
  int length = 0;
  if (EVP_CipherUpdate(context.get(), plain.edit().data(), &length, body.data(), static_cast<int>(body.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, seal_tag_octets, tag.data()) != 1 ||
      EVP_CipherFinal_ex(context.get(), plain.edit().data() + length, &length) != 1) {
    return std::nullopt;
  }
  return plain;
}

}  // namespace hsm
