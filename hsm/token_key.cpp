// The end of unwrapped keys and of the session they live in.
#include "hsm/token_key.h"

namespace hsm {

void KeySession::destroy(CK_OBJECT_HANDLE handle) noexcept {
  if (!alive_) return;
  functions_.C_DestroyObject(session_.get(), handle);  // a handle that died with the token needs no destroying
  ++destroyed_;
  counters_->destroyed.fetch_add(1, std::memory_order_relaxed);
}

void KeySession::abandon() noexcept {
  alive_ = false;
  session_.forget();
}

}  // namespace hsm
