// SPDX-License-Identifier: Apache-2.0
// The session that administrative work runs in.
#include "hsm/admin/admin_session.h"

#include "hsm/cryptoki_error.h"
#include "hsm/pin_file.h"
#include "hsm/token_keys.h"

#include <spdlog/fmt/fmt.h>

#include <span>

namespace hsm {

AdminSession::AdminSession(std::shared_ptr<const Module> module, const TokenAccess& access)
    : module_(std::move(module)),
      login_(*module_, access.label, access.serial, read_pin(access.pin_file), final_try_of(access)),
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
