// SPDX-License-Identifier: Apache-2.0
// LRU bookkeeping of loaded keys.
#include "hsm/key_cache.h"

namespace hsm {

Key KeyCache::find(const KeyReference& reference) {
  const auto found = by_owner_.find(reference.owner);
  if (found == by_owner_.end() || found->second->reference != reference) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->key;
}

void KeyCache::keep(const KeyReference& reference, Key key) {
  if (capacity_ == 0) return;
  drop(reference.owner);
  if (recent_.size() >= capacity_) drop(recent_.back().reference.owner);
  recent_.push_front({reference, std::move(key)});
  by_owner_.emplace(recent_.front().reference.owner, recent_.begin());
}

void KeyCache::drop(std::string_view owner) {
  const auto found = by_owner_.find(owner);
  if (found == by_owner_.end()) return;
  const auto entry = found->second;
  by_owner_.erase(found);  // first, since its key is a view into the entry
  recent_.erase(entry);
}

void KeyCache::clear() noexcept {
  by_owner_.clear();
  recent_.clear();
}

}  // namespace hsm
