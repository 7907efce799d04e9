// SPDX-License-Identifier: Apache-2.0
// Logging in through libp11 and opening sessions beside it.
#include "hsm/login.h"

#include "hsm/cryptoki_error.h"

#include <openssl/err.h>
#include <spdlog/fmt/fmt.h>
#include <sys/random.h>

#include <array>
#include <cerrno>

namespace hsm {
namespace {

[[noreturn]] void refuse_login(const char* label, Pin pin) {
  try {
    fail_from_libp11("C_Login", label);
  } catch (const Error& error) {
    if (error.rv() == CKR_PIN_LOCKED) refuse_locked("C_Login", label, pin);
    throw;
  }
}

}  // namespace

void log_in(const CK_FUNCTION_LIST& functions, PKCS11_SLOT& slot, Pin pin, const HeapSecret& value,
            FinalTry final_try) {
  CK_TOKEN_INFO now{};
  check(functions.C_GetTokenInfo(PKCS11_get_slotid_from_slot(&slot), &now), "C_GetTokenInfo");
  refuse_hopeless_try(now, slot.token->label, pin, final_try);
  ERR_clear_error();
  const char* text = reinterpret_cast<const char*>(value.view().data());
  if (PKCS11_login(&slot, pin == Pin::officer ? 1 : 0, text) != 0) refuse_login(slot.token->label, pin);
}

Session::Session(const CK_FUNCTION_LIST& functions, CK_SLOT_ID slot, bool writable) : functions_(&functions) {
  const CK_FLAGS flags = CKF_SERIAL_SESSION | (writable ? CKF_RW_SESSION : 0UL);
  check(functions.C_OpenSession(slot, flags, nullptr, nullptr, &handle_), "C_OpenSession");
}

Session::~Session() {
  if (handle_ != CK_INVALID_HANDLE) functions_->C_CloseSession(handle_);  // nothing is left to do if it fails
}

bool Session::is_usable() const noexcept {
  CK_SESSION_INFO info{};
  if (handle_ == CK_INVALID_HANDLE || functions_->C_GetSessionInfo(handle_, &info) != CKR_OK) return false;
  return info.state == CKS_RO_USER_FUNCTIONS || info.state == CKS_RW_USER_FUNCTIONS;
}

// The anchor comes first: libp11 waits for ever when its own C_OpenSession fails.
Login::Login(const Module& module, std::string_view label, std::string_view serial, const HeapSecret& pin,
             FinalTry final_try)
    : functions_(module.functions()),
      slot_(module.slot_of(label, serial)),
      slot_id_(PKCS11_get_slotid_from_slot(&slot_)),
      anchor_(functions_, slot_id_, false) {
  log_in(functions_, slot_, Pin::user, pin, final_try);
  if (!anchor_.is_usable()) {
    throw Error(Kind::device, "C_Login", 0,
                fmt::format("token \"{}\" accepted the login and knows nothing of it", slot_.token->label));
  }
}

CK_TOKEN_INFO Login::token_info() const {
  CK_TOKEN_INFO info{};
  check(functions_.C_GetTokenInfo(slot_id_, &info), "C_GetTokenInfo");
  return info;
}

void Login::token_random(MutableBytes out) const {
  ERR_clear_error();
  if (PKCS11_generate_random(&slot_, out.data(), static_cast<unsigned>(out.size())) != 0) {
    fail_from_libp11("C_GenerateRandom", {});
  }
}

void mix_in_system_random(MutableBytes out) {
  std::array<std::uint8_t, 256> some{};  // getrandom never gives less than asked for up to this size
  while (!out.empty()) {
    const std::size_t size = std::min(out.size(), some.size());
    const ssize_t got = ::getrandom(some.data(), size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got != static_cast<ssize_t>(size)) throw Error(Kind::device, "getrandom", 0, "getrandom gave no octets");
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(out[i] ^ some[i]);
    out = out.subspan(size);
  }
  OPENSSL_cleanse(some.data(), some.size());
}

}  // namespace hsm
