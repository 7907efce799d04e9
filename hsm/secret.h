// SPDX-License-Identifier: Apache-2.0
// Byte strings of key grade: wiped when they go, moved and never copied, and impossible to print or format.
#pragma once

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace hsm {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

// N octets held in place (stack or inside another object); for values that live for one request (CK, IK, XRES).
// Wiped on destruction and on being moved from.
template <std::size_t N>
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::span<const std::uint8_t, N> from) { std::copy(from.begin(), from.end(), bytes_.begin()); }
  Secret(const Secret&) = delete;  // a copy would outlive the wipe of the original
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { other.wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      other.wipe();
    }
    return *this;
  }
  ~Secret() { wipe(); }

  [[nodiscard]] std::span<const std::uint8_t, N> view() const noexcept { return bytes_; }
  [[nodiscard]] std::span<std::uint8_t, N> edit() noexcept { return bytes_; }
  static constexpr std::size_t size() noexcept { return N; }

 private:
  void wipe() noexcept { OPENSSL_cleanse(bytes_.data(), N); }
  std::array<std::uint8_t, N> bytes_{};
};

// Octets in OpenSSL's secure heap (locked, left out of core dumps); for values that stay (OPc, data keys, the PIN).
// Falls back to the ordinary heap, wiped all the same, when the secure heap is full or was never set up.
class HeapSecret {
 public:
  HeapSecret() = default;
  explicit HeapSecret(std::size_t size);  // zero-filled; throws std::bad_alloc
  explicit HeapSecret(Bytes from);
  HeapSecret(const HeapSecret&) = delete;  // as Secret
  HeapSecret& operator=(const HeapSecret&) = delete;
  HeapSecret(HeapSecret&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  HeapSecret& operator=(HeapSecret&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~HeapSecret();

  [[nodiscard]] Bytes view() const noexcept { return {data_, size_}; }
  [[nodiscard]] MutableBytes edit() noexcept { return {data_, size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

// Sets up the secure heap of the process, `octets` (a power of two) large. Call once, before the first HeapSecret.
// Returns false when the memory could not be locked (RLIMIT_MEMLOCK): usable, but it may be swapped out.
bool prepare_secure_heap(std::size_t octets);

// Compares in a time that does not depend on the content; the lengths are not secret.
[[nodiscard]] bool equal_in_constant_time(Bytes a, Bytes b) noexcept;

}  // namespace hsm
