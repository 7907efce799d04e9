// SPDX-License-Identifier: Apache-2.0
// The bounded cache of loaded keys: least recently used goes first, and a changed reference never meets an old handle.
#pragma once

#include "hsm/token.h"

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace hsm {

class KeyCache {
 public:
  explicit KeyCache(std::size_t capacity) : capacity_(capacity) {}

  // Null if the owner has no key here or has it by another reference (a new blob, KEK or companion).
  Key find(const KeyReference& reference);
  void keep(const KeyReference& reference, Key key);
  void drop(std::string_view owner);
  void clear() noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return recent_.size(); }

 private:
  struct Entry {
    KeyReference reference;
    Key key;
  };
  std::size_t capacity_;
  std::list<Entry> recent_;                                                    // the most recently used in front
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_owner_;  // views into recent_
};

}  // namespace hsm
