// Logging in through libp11 and opening sessions beside it.
#include "hsm/login.h"

#include "hsm/cryptoki_error.h"

#include <openssl/err.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>
#include <sys/random.h>

#include <array>
#include <cerrno>

namespace hsm {
namespace {

// What the token says of its PIN before one is tried.
void refuse_hopeless(const PKCS11_TOKEN& token) {
  if (token.userPinSet == 0) {
    throw Error(Kind::config, "C_Login", CKR_USER_PIN_NOT_INITIALIZED,
                fmt::format("token \"{}\" has no user PIN yet", token.label));
  }
  if (token.userPinLocked != 0) {
    throw Error(Kind::pin, "C_Login", CKR_PIN_LOCKED,
                fmt::format("the user PIN of token \"{}\" is locked", token.label));
  }
  if (token.userPinFinalTry != 0) spdlog::warn("pin_final_try token=\"{}\"", token.label);
}

}  // namespace

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
Login::Login(const Module& module, std::string_view label, std::string_view serial, const HeapSecret& pin)
    : functions_(module.functions()),
      slot_(module.slot_of(label, serial)),
      slot_id_(PKCS11_get_slotid_from_slot(&slot_)),
      anchor_(functions_, slot_id_, false) {
  log_in(pin);
}

void Login::log_in(const HeapSecret& pin) {
  refuse_hopeless(*slot_.token);
  ERR_clear_error();
  if (PKCS11_login(&slot_, 0, reinterpret_cast<const char*>(pin.view().data())) != 0) {
    fail_from_libp11("C_Login", slot_.token->label);
  }
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
