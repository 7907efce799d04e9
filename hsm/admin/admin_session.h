// SPDX-License-Identifier: Apache-2.0
// An operator's writable session on one token, with the little that all administrative work needs.
#pragma once

#include "hsm/admin/token_access.h"
#include "hsm/attributes.h"
#include "hsm/login.h"

#include <optional>

namespace hsm {

inline FinalTry final_try_of(const TokenAccess& access) noexcept {
  return access.use_final_try ? FinalTry::use : FinalTry::spare;
}

class AdminSession {
 public:
  AdminSession(std::shared_ptr<const Module> module, const TokenAccess& access);

  [[nodiscard]] const CK_FUNCTION_LIST& functions() const noexcept { return login_.functions(); }
  [[nodiscard]] CK_SESSION_HANDLE get() const noexcept { return session_.get(); }
  [[nodiscard]] Object object(CK_OBJECT_HANDLE handle) const { return {functions(), get(), handle}; }
  [[nodiscard]] HeapSecret random(std::size_t size) const;

  // The one object of class, label and (unless nothing) id; CK_INVALID_HANDLE if none, Error{config} if several.
  [[nodiscard]] CK_OBJECT_HANDLE find(CK_OBJECT_CLASS type, const std::string& label,
                                      std::optional<std::uint16_t> id) const;
  [[nodiscard]] CK_OBJECT_HANDLE create(Template& wanted, std::string_view what) const;
  // Error{config} if the object does not have the flags of the template: a token may take one and not keep it.
  void insist_on_flags(CK_OBJECT_HANDLE handle, Template& wanted, std::string_view what) const;
  void destroy(CK_OBJECT_HANDLE handle) const noexcept { functions().C_DestroyObject(get(), handle); }

 private:
  std::shared_ptr<const Module> module_;
  Login login_;
  Session session_;
};

// Destroys a session object with its scope.
class Temporary {
 public:
  Temporary(const AdminSession& session, CK_OBJECT_HANDLE handle) : session_(&session), handle_(handle) {}
  Temporary(Temporary&& other) noexcept
      : session_(other.session_), handle_(std::exchange(other.handle_, CK_INVALID_HANDLE)) {}
  Temporary& operator=(Temporary&& other) noexcept {
    std::swap(session_, other.session_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Temporary() {
    if (handle_ != CK_INVALID_HANDLE) session_->destroy(handle_);
  }
  [[nodiscard]] CK_OBJECT_HANDLE get() const noexcept { return handle_; }
  // Not temporary after all.
  CK_OBJECT_HANDLE release() noexcept { return std::exchange(handle_, CK_INVALID_HANDLE); }

 private:
  const AdminSession* session_;
  CK_OBJECT_HANDLE handle_;
};

// A token that does not do what it was asked and said it did.
[[noreturn]] void refuse_token(std::string_view what, std::string_view why);

}  // namespace hsm
