// SPDX-License-Identifier: Apache-2.0
// Initialising tokens.
#include "hsm/admin/token_access.h"

#include "hsm/admin/admin_session.h"
#include "hsm/cryptoki_error.h"
#include "hsm/pin_file.h"

namespace hsm {
namespace {

constexpr std::size_t label_octets = 32;

const char* text(const HeapSecret& pin) { return reinterpret_cast<const char*>(pin.view().data()); }

// Some tokens come with an officer's PIN, which C_InitToken then tries.
void initialise(const Module& module, PKCS11_SLOT& slot, const TokenAccess& token, const HeapSecret& so_pin) {
  CK_TOKEN_INFO now{};
  check(module.functions().C_GetTokenInfo(PKCS11_get_slotid_from_slot(&slot), &now), "C_GetTokenInfo");
  now.flags &= ~CKF_SO_PIN_LOCKED;  // some say so of every token that has no officer yet
  refuse_hopeless_try(now, token.label, Pin::officer, final_try_of(token));
  std::string padded = token.label;  // the module reads 32 octets, whatever the length of what libp11 hands it
  padded.resize(label_octets, ' ');
  if (PKCS11_init_token(slot.token, text(so_pin), padded.c_str()) != 0) fail_from_libp11("C_InitToken", token.label);
}

// libp11 logs the security officer in on a writable session only, and waits for ever where it cannot open one: try
// first.
void set_user_pin(const Module& module, PKCS11_SLOT& slot, const TokenAccess& token, const HeapSecret& so_pin,
                  const HeapSecret& pin) {
  { const Session trial(module.functions(), PKCS11_get_slotid_from_slot(&slot), true); }
  if (PKCS11_open_session(&slot, 1) != 0) fail_from_libp11("C_OpenSession", "the security officer");
  log_in(module.functions(), slot, Pin::officer, so_pin, final_try_of(token));
  if (PKCS11_init_pin(slot.token, text(pin)) != 0) fail_from_libp11("C_InitPIN", "the user");
  if (PKCS11_logout(&slot) != 0) fail_from_libp11("C_Logout", "the security officer");
}

}  // namespace

std::shared_ptr<const Module> load_module(const std::string& path) { return std::make_shared<const Module>(path); }

bool has_token(const std::string& path, const std::string& label) { return Module(path).has_token(label); }

bool initialise_token(const std::string& path, const TokenAccess& token, const std::filesystem::path& so_pin_file) {
  if (token.label.empty() || token.label.size() > label_octets) {
    throw Error(Kind::config, "", 0, "a token label has 1 to 32 octets");
  }
  const HeapSecret so_pin = read_pin(so_pin_file);
  const HeapSecret pin = read_pin(token.pin_file);
  const Module module(path);
  if (module.has_token(token.label)) return false;
  PKCS11_SLOT& slot = module.blank_slot();
  initialise(module, slot, token, so_pin);
  set_user_pin(module, slot, token, so_pin, pin);
  return true;
}

}  // namespace hsm
