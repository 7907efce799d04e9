// SPDX-License-Identifier: Apache-2.0
// Key-grade memory: OpenSSL's secure heap, with a wiped ordinary heap where that is full or missing.
#include "hsm/secret.h"

#include <algorithm>
#include <new>

namespace hsm {
namespace {

constexpr std::size_t smallest_piece = 32;  // octets; one OPc or one data key fits

// The secure heap says no when it is full or was never set up; then the ordinary heap has to do.
std::uint8_t* take(std::size_t size) {
  void* memory = nullptr;
  if (CRYPTO_secure_malloc_initialized() == 1) memory = OPENSSL_secure_zalloc(size);
  if (memory == nullptr) memory = OPENSSL_zalloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return static_cast<std::uint8_t*>(memory);
}

void give_back(std::uint8_t* memory, std::size_t size) noexcept {
  if (CRYPTO_secure_allocated(memory) == 1) {
    OPENSSL_secure_clear_free(memory, size);
  } else {
    OPENSSL_clear_free(memory, size);
  }
}

}  // namespace

HeapSecret::HeapSecret(std::size_t size) : data_(size == 0 ? nullptr : take(size)), size_(size) {}

HeapSecret::HeapSecret(Bytes from) : HeapSecret(from.size()) { std::copy(from.begin(), from.end(), data_); }

HeapSecret::~HeapSecret() {
  if (data_ != nullptr) give_back(data_, size_);
}

bool prepare_secure_heap(std::size_t octets) { return CRYPTO_secure_malloc_init(octets, smallest_piece) == 1; }

bool equal_in_constant_time(Bytes a, Bytes b) noexcept {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace hsm
