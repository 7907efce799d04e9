// SPDX-License-Identifier: Apache-2.0
// Initialising tokens, and the session that administrative work runs in.
#include "hsm/admin/admin_session.h"

#include "hsm/cryptoki_error.h"
#include "hsm/pin_file.h"
#include "hsm/token_keys.h"

#include <spdlog/fmt/fmt.h>

#include <span>

namespace hsm {
namespace {

constexpr std::size_t label_octets = 32;

const char* text(const HeapSecret& pin) { return reinterpret_cast<const char*>(pin.view().data()); }

FinalTry final_try(const TokenAccess& access) { return access.use_final_try ? FinalTry::use : FinalTry::spare; }

// Some tokens come with an officer's PIN, which C_InitToken then tries.
void initialise(const Module& module, PKCS11_SLOT& slot, const TokenAccess& token, const HeapSecret& so_pin) {
  CK_TOKEN_INFO now{};
  check(module.functions().C_GetTokenInfo(PKCS11_get_slotid_from_slot(&slot), &now), "C_GetTokenInfo");
  now.flags &= ~CKF_SO_PIN_LOCKED;  // some say so of every token that has no officer yet
  refuse_hopeless_try(now, token.label, Pin::officer, final_try(token));
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
  log_in(module.functions(), slot, Pin::officer, so_pin, final_try(token));
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

AdminSession::AdminSession(std::shared_ptr<const Module> module, const TokenAccess& access)
    : module_(std::move(module)),
      login_(*module_, access.label, access.serial, read_pin(access.pin_file), final_try(access)),
      session_(login_.open_session(true)) {}

HeapSecret AdminSession::random(std::size_t size) const {
  HeapSecret octets(size);
  login_.token_random(octets.edit());
  mix_in_system_random(octets.edit());
  return octets;
}

CK_OBJECT_HANDLE AdminSession::find(CK_OBJECT_CLASS type, const std::string& label,
                                    std::optional<std::uint16_t> id) const {
  const auto octets = id_octets(id.value_or(0));
  Template wanted;
  wanted.number(CKA_CLASS, type).flag(CKA_TOKEN, true).text(CKA_LABEL, label);
  if (id) wanted.octets(CKA_ID, octets);
  const auto found = find_objects(functions(), get(), wanted);
  if (found.size() > 1) throw Error(Kind::config, "C_FindObjects", 0, fmt::format("several keys \"{}\"", label));
  return found.empty() ? CK_INVALID_HANDLE : found.front();
}

CK_OBJECT_HANDLE AdminSession::create(Template& wanted, std::string_view what) const {
  CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
  check(functions().C_CreateObject(get(), wanted.data(), wanted.size(), &handle), "C_CreateObject", what);
  return handle;
}

void AdminSession::insist_on_flags(CK_OBJECT_HANDLE handle, Template& wanted, std::string_view what) const {
  for (const CK_ATTRIBUTE& row : std::span(wanted.data(), wanted.size())) {
    if (row.type == CKA_VALUE || row.type == CKA_ID || row.ulValueLen != sizeof(CK_BBOOL)) continue;
    const bool asked = *static_cast<const CK_BBOOL*>(row.pValue) != CK_FALSE;
    if (object(handle).flag(row.type) == asked) continue;
    refuse_token(what, fmt::format("the token does not keep attribute {:#x}", row.type));
  }
}

void refuse_token(std::string_view what, std::string_view why) {
  throw Error(Kind::config, "", 0, fmt::format("{}: {}; this token cannot protect subscriber keys", what, why));
}

}  // namespace hsm
