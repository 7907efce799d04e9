// SPDX-License-Identifier: Apache-2.0
// The file that holds a PIN, and the rule that a refused PIN is never tried twice.
#pragma once

#include "hsm/secret.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace hsm {

// First line of the file, with a NUL behind it (not counted by callers that need a C string: view().data()).
// Throws Error{pin} that names the file when it is missing, unreadable or empty.
HeapSecret read_pin(const std::filesystem::path& file);

// Remembers which PIN was refused, as a salted digest, and when the file it came from last changed.
class PinGate {
 public:
  // After a refusal: false until the file holds another PIN. Cheap while the file does not change.
  bool may_try(const std::filesystem::path& file);
  void refused(const std::filesystem::path& file, const HeapSecret& pin);
  void unreadable(const std::filesystem::path& file);

 private:
  struct Stamp {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t seconds = 0, nanoseconds = 0;
    bool operator==(const Stamp&) const = default;
  };
  using Digest = std::array<std::uint8_t, 32>;
  static Stamp stamp_of(const std::filesystem::path& file);
  Digest digest_of(const HeapSecret& pin);

  bool blocked_ = false;
  Stamp stamp_;
  std::optional<Digest> digest_;
  HeapSecret salt_;  // without it the digest of a short PIN would tell the PIN
};

}  // namespace hsm
