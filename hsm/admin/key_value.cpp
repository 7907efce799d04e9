// SPDX-License-Identifier: Apache-2.0
// AES of zeros, and XOR.
#include "hsm/admin/key_value.h"

#include <openssl/evp.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace hsm {
namespace {

const EVP_CIPHER* ecb_for(std::size_t octets) {
  switch (octets) {
    case 16:
      return EVP_aes_128_ecb();
    case 24:
      return EVP_aes_192_ecb();
    case 32:
      return EVP_aes_256_ecb();
    default:
      throw Error(Kind::config, "", 0, fmt::format("an AES key has 16, 24 or 32 octets, not {}", octets));
  }
}

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};

}  // namespace

CheckValue check_value(const HeapSecret& aes_key) {
  const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
  std::array<std::uint8_t, 16> block{};
  int length = 0;
  if (context == nullptr ||
      EVP_EncryptInit_ex(context.get(), ecb_for(aes_key.size()), nullptr, aes_key.view().data(), nullptr) != 1 ||
      EVP_EncryptUpdate(context.get(), block.data(), &length, block.data(), static_cast<int>(block.size())) != 1) {
    throw Error(Kind::device, "", 0, "OpenSSL could not compute a check value");
  }
  return {block[0], block[1], block[2]};
}

HeapSecret combine(std::span<const Component> components) {
  if (components.empty()) throw Error(Kind::config, "", 0, "a key needs at least one component");
  HeapSecret key(components.front().value.size());
  for (std::size_t i = 0; i < components.size(); ++i) {
    const Component& component = components[i];
    const bool fits = component.value.size() == key.size();
    if (!fits || check_value(component.value) != component.check_value) {
      throw Error(Kind::config, "", 0,
                  fmt::format("component {} {}", i + 1, fits ? "does not have its check value" : "has another size"));
    }
    std::ranges::transform(key.view(), component.value.view(), key.edit().begin(),
                           [](std::uint8_t a, std::uint8_t b) { return static_cast<std::uint8_t>(a ^ b); });
  }
  return key;
}

}  // namespace hsm
