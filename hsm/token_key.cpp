// SPDX-License-Identifier: Apache-2.0
// The end of unwrapped keys and of the session they live in.
#include "hsm/token_key.h"

#include <new>
#include <utility>

namespace hsm {

void KeySession::bury(CK_OBJECT_HANDLE handle) noexcept {
  const std::lock_guard lock(mutex_);
  if (!is_alive()) return;  // a handle that died with its session needs no destroying
  try {
    buried_.push_back(handle);
    has_buried_ = true;
  } catch (const std::bad_alloc&) {  // the object goes with the session
  }
}

void KeySession::destroy_buried() noexcept {
  if (!has_buried_.exchange(false)) return;
  std::vector<CK_OBJECT_HANDLE> gone;
  {
    const std::lock_guard lock(mutex_);
    gone.swap(buried_);
  }
  if (!is_alive()) return;
  for (const CK_OBJECT_HANDLE handle : gone) functions_.C_DestroyObject(session_.get(), handle);
  counters_->destroyed.fetch_add(gone.size(), std::memory_order_relaxed);
}

void KeySession::abandon() noexcept {
  const std::lock_guard lock(mutex_);
  alive_ = false;
  buried_.clear();
  session_.forget();
}

}  // namespace hsm
