// SPDX-License-Identifier: Apache-2.0
// A user's login to one token: raw sessions, random octets and the token's health. One per token and process.
#pragma once

#include "hsm/module.h"
#include "hsm/pin_tries.h"
#include "hsm/secret.h"

#include <utility>

namespace hsm {

// Closes its session when it goes. Opening and closing is slow on some tokens that hold many session objects.
class Session {
 public:
  Session() = default;
  Session(const CK_FUNCTION_LIST& functions, CK_SLOT_ID slot, bool writable);
  Session(Session&& other) noexcept
      : functions_(other.functions_), handle_(std::exchange(other.handle_, CK_INVALID_HANDLE)) {}
  Session& operator=(Session&& other) noexcept {
    std::swap(functions_, other.functions_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Session();
  [[nodiscard]] CK_SESSION_HANDLE get() const noexcept { return handle_; }
  // Leaves the closing to C_Finalize, which is to follow at once.
  void forget() noexcept { handle_ = CK_INVALID_HANDLE; }
  // The session lives and the user is logged in.
  [[nodiscard]] bool is_usable() const noexcept;

 private:
  const CK_FUNCTION_LIST* functions_ = nullptr;
  CK_SESSION_HANDLE handle_ = CK_INVALID_HANDLE;
};

// Logs in through libp11, which must have a session open for an officer. `value` as read_pin gives it. An Error of kind
// pin is from "C_Login" when the PIN was tried, and from "C_GetTokenInfo" when it was not.
void log_in(const CK_FUNCTION_LIST& functions, PKCS11_SLOT& slot, Pin pin, const HeapSecret& value, FinalTry final_try);

class Login {
 public:
  // `pin` as read_pin gives it. Throws Error: pin, config, device.
  Login(const Module& module, std::string_view label, std::string_view serial, const HeapSecret& pin,
        FinalTry final_try = FinalTry::spare);
  Login(const Login&) = delete;  // a login belongs to the token, not to the holder of an object
  Login& operator=(const Login&) = delete;

  [[nodiscard]] const CK_FUNCTION_LIST& functions() const noexcept { return functions_; }
  [[nodiscard]] CK_SLOT_ID slot() const noexcept { return slot_id_; }
  [[nodiscard]] Session open_session(bool writable) const { return {functions_, slot_id_, writable}; }
  [[nodiscard]] CK_SESSION_HANDLE session() const noexcept { return anchor_.get(); }  // only while one thread is here
  [[nodiscard]] CK_TOKEN_INFO token_info() const;                                     // throws Error
  void forget_session() noexcept { anchor_.forget(); }                                // as Session::forget
  // Octets of the token's generator, as they are. Throws Error.
  void token_random(MutableBytes out) const;

 private:
  const CK_FUNCTION_LIST& functions_;
  PKCS11_SLOT& slot_;
  CK_SLOT_ID slot_id_;
  Session anchor_;  // the login lasts while a session is open
};

// XORs octets of getrandom(2) into `out`. Throws Error{device} if there are none.
void mix_in_system_random(MutableBytes out);

}  // namespace hsm
