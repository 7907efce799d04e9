// SPDX-License-Identifier: Apache-2.0
// The highest SEQ lead that this node has answered with, and where, in a small file: what a database that went back
// cannot take back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace hss::pg {

// Shared by all connections of the process, and through its file with other processes of the node. Leads are kept by
// the id that `cluster` gives to a set of numbers, which copies and dumps keep. All throw StoreError with path and
// reason: config until the file has been written once, unavailable after that.
class Witness {
 public:
  // Without a file (empty path) only the process remembers.
  explicit Witness(std::filesystem::path file) : file_(std::move(file)) {}

  struct Sight {
    std::uint64_t lead = 0;
    std::string incarnation;  // of the database that had it; one word, empty where nobody noted it

    bool operator==(const Sight&) const = default;
  };

  // Nothing of a set of numbers that it does not know.
  std::optional<Sight> of(const std::string& cluster);
  // On return it is durable. Never lowers; writes nothing when it is known already.
  void raise(const std::string& cluster, const Sight& sight);

 private:
  using Leads = std::map<std::string, Sight>;
  [[nodiscard]] Leads read() const;
  void write(const Leads& leads) const;
  void keep_owner(int descriptor) const;
  [[noreturn]] void fail(const std::string& what) const;

  const std::filesystem::path file_;
  std::mutex mutex_;
  Leads leads_;  // as last read or written
  bool has_written_ = false;
};

// The one witness of this process for that file.
Witness& witness_at(const std::filesystem::path& file);

}  // namespace hss::pg
