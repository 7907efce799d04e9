// SPDX-License-Identifier: Apache-2.0
// Credentials as the tool sees them that takes the fingerprints of their keys. No libpq in here.
#pragma once

#include "hsm/token.h"
#include "hss/pg/admin.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace hss::pg {

struct KeyRow {
  std::int64_t id = 0;
  std::shared_ptr<const hsm::KeyReference> key;
};

struct Claim {
  std::int64_t id = 0;
  hsm::Fingerprint fingerprint{};
};

// One connection, opened as that of Admin. One thread at a time. All throw StoreError.
class KeyRows {
 public:
  enum class Which {
    unclaimed,            // without a fingerprint, with sequence numbers that wait for it: these come first
    without_fingerprint,  // the others without
    all
  };

  explicit KeyRows(const AdminAccess& access);
  ~KeyRows();
  KeyRows(const KeyRows&) = delete;
  KeyRows& operator=(const KeyRows&) = delete;

  std::uint64_t count(Which which);
  // The next some by id behind `after`; none at the end.
  std::vector<KeyRow> next(Which which, std::int64_t after);
  // In one transaction: each credential gets its fingerprint, and the numbers that it had go to that K.
  void claim(std::span<const Claim> claims);

 private:
  std::unique_ptr<const Options> options_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace hss::pg
