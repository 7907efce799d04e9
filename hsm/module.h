// SPDX-License-Identifier: Apache-2.0
// A PKCS#11 module, loaded and initialised by libp11, with the Cryptoki function list of the same instance beside it.
#pragma once

#include "hsm/cryptoki.h"

#include <libp11.h>

#include <memory>
#include <string>
#include <string_view>

namespace hsm {

// Owns the module's initialisation: exactly one may exist per module and process, and its end finalises the module for
// everybody, so all sessions, handles and logins die with it. All functions throw Error.
class Module {
 public:
  enum class Leftover : bool {
    refuse,    // found initialised: another part of the process owns it, and we would finalise it under its feet
    finalise,  // a failed close of our own may have left it initialised
  };
  explicit Module(const std::string& path, Leftover leftover = Leftover::refuse);
  Module(const Module&) = delete;  // one owner initialises and finalises
  Module& operator=(const Module&) = delete;
  ~Module();

  [[nodiscard]] const CK_FUNCTION_LIST& functions() const noexcept { return *functions_; }

  // The one slot with an initialised token of that label (and serial, unless empty); Error{config} if none or several.
  [[nodiscard]] PKCS11_SLOT& slot_of(std::string_view label, std::string_view serial) const;
  [[nodiscard]] bool has_token(std::string_view label) const;
  // A slot whose token is waiting to be initialised.
  [[nodiscard]] PKCS11_SLOT& blank_slot() const;

 private:
  struct Unload {
    void operator()(PKCS11_CTX* context) const noexcept {
      PKCS11_CTX_unload(context);
      PKCS11_CTX_free(context);
    }
  };
  [[nodiscard]] std::string labels() const;  // of what there is, or why nothing is
  void initialise(Leftover leftover);

  std::string path_;
  CK_FUNCTION_LIST* functions_ = nullptr;
  std::unique_ptr<PKCS11_CTX, Unload> context_;
  PKCS11_SLOT* slots_ = nullptr;
  unsigned slot_count_ = 0;
};

// Turns what libp11 left in OpenSSL's error queue into an Error (kind by the CKR it carries) and empties the queue.
[[noreturn]] void fail_from_libp11(std::string_view call, std::string_view about);

}  // namespace hsm
