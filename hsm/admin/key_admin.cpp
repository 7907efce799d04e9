// SPDX-License-Identifier: Apache-2.0
// Creating long-lived keys with the attributes they need, and making sure that the token holds to them.
#include "hsm/admin/key_admin.h"

#include "hsm/admin/admin_session.h"
#include "hsm/admin/host_wrap.h"
#include "hsm/admin/transport.h"
#include "hsm/cryptoki_error.h"
#include "hsm/token_keys.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

namespace hsm {
namespace {

constexpr std::size_t kek_octets = 32;

enum class Use { unwrap, wrap, encrypt };

// Everything a long-lived AES key may not do but its one use.
void add_guarded(Template& wanted, Use use) {
  wanted.number(CKA_CLASS, CKO_SECRET_KEY)
      .number(CKA_KEY_TYPE, CKK_AES)
      .flag(CKA_TOKEN, true)
      .flag(CKA_PRIVATE, true)
      .flag(CKA_SENSITIVE, true)
      .flag(CKA_EXTRACTABLE, false)
      .flag(CKA_MODIFIABLE, false)
      .flag(CKA_COPYABLE, false)
      .flag(CKA_UNWRAP, use == Use::unwrap)
      .flag(CKA_WRAP, use == Use::wrap)
      .flag(CKA_ENCRYPT, use == Use::encrypt)
      .flag(CKA_DECRYPT, false)
      .flag(CKA_SIGN, false)
      .flag(CKA_VERIFY, false)
      .flag(CKA_DERIVE, false);
}

CK_OBJECT_HANDLE unwrap_probe(const AdminSession& session, CK_OBJECT_HANDLE kek, WrapCall& call, Template& wanted) {
  CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
  const CK_RV rv = session.functions().C_UnwrapKey(session.get(), &call.mechanism, kek,
                                                   const_cast<std::uint8_t*>(call.body.data()),  // read only
                                                   call.body.size(), wanted.data(), wanted.size(), &handle);
  return rv == CKR_OK ? handle : CK_INVALID_HANDLE;
}

// An honest unwrap must work, one that would make the key readable must not.
void attack_unwrap(const AdminSession& session, CK_OBJECT_HANDLE kek, const WrapMechanism& mechanism, Bytes blob,
                   std::string_view what) {
  WrapCall call(mechanism, blob);
  Template honest;
  add_unwrapped_attributes(honest, true);
  const Temporary good(session, unwrap_probe(session, kek, call, honest));
  if (good.get() == CK_INVALID_HANDLE) refuse_token(what, fmt::format("it does not unwrap with {}", mechanism.name));
  Template greedy;
  greedy.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_AES).flag(CKA_TOKEN, false);
  greedy.flag(CKA_PRIVATE, true).flag(CKA_SENSITIVE, false).flag(CKA_EXTRACTABLE, true).flag(CKA_ENCRYPT, true);
  const Temporary bad(session, unwrap_probe(session, kek, call, greedy));
  if (bad.get() != CK_INVALID_HANDLE)
    refuse_token(what, "it unwraps keys as readable, whatever its CKA_UNWRAP_TEMPLATE says");
}

void attack_attributes(const AdminSession& session, CK_OBJECT_HANDLE kek, std::string_view what) {
  Template change;
  change.flag(CKA_DECRYPT, true);
  if (session.functions().C_SetAttributeValue(session.get(), kek, change.data(), change.size()) == CKR_OK) {
    refuse_token(what, "its attributes can be changed although CKA_MODIFIABLE is false");
  }
  Template copy;
  copy.flag(CKA_TOKEN, false);
  CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
  const CK_RV rv = session.functions().C_CopyObject(session.get(), kek, copy.data(), copy.size(), &handle);
  const Temporary copied(session, rv == CKR_OK ? handle : CK_INVALID_HANDLE);
  if (rv == CKR_OK) refuse_token(what, "it can be copied although CKA_COPYABLE is false");
}

void refuse_second(const AdminSession& session, const std::string& label, std::uint16_t id) {
  if (session.find(CKO_SECRET_KEY, label, id) == CK_INVALID_HANDLE) return;
  throw Error(Kind::config, "", 0, fmt::format("key \"{}\" with id {} exists already", label, id));
}

void require_octets(const HeapSecret& value, std::size_t octets) {
  if (value.size() != octets) throw Error(Kind::config, "", 0, fmt::format("this key needs {} octets", octets));
}

}  // namespace

AdminToken::AdminToken(std::shared_ptr<const Module> module, const TokenAccess& access)
    : session_(std::make_unique<AdminSession>(std::move(module), access)) {}
AdminToken::AdminToken(AdminToken&&) noexcept = default;
AdminToken::~AdminToken() = default;

HeapSecret AdminToken::random(std::size_t size) const { return session_->random(size); }

bool AdminToken::has_key(const std::string& label, std::uint16_t id) const {
  return session_->find(CKO_SECRET_KEY, label, id) != CK_INVALID_HANDLE;
}

void AdminToken::create_kek(const KekSpec& spec, KekRole role, const HeapSecret& value) {
  const WrapMechanism& mechanism = wrap_mechanism(spec.wrap_mechanism);
  require_octets(value, kek_octets);
  refuse_second(*session_, spec.label, spec.id);
  const auto id = id_octets(spec.id);
  const std::string what = fmt::format("KEK \"{}\" with id {}", spec.label, spec.id);
  CK_MECHANISM_TYPE allowed = mechanism.type;
  Template forced;
  add_forced_attributes(forced);
  Template wanted;
  add_guarded(wanted, role == KekRole::server ? Use::unwrap : Use::wrap);
  wanted.text(CKA_LABEL, spec.label).octets(CKA_ID, id).octets(CKA_VALUE, value.view());
  wanted.octets(CKA_ALLOWED_MECHANISMS, {reinterpret_cast<const std::uint8_t*>(&allowed), sizeof allowed});
  if (role == KekRole::server) wanted.list(CKA_UNWRAP_TEMPLATE, forced);
  Temporary kek(*session_, session_->create(wanted, what));
  session_->insist_on_flags(kek.get(), wanted, what);
  attack_attributes(*session_, kek.get(), what);
  if (role == KekRole::server) {
    attack_unwrap(*session_, kek.get(), mechanism, wrap_on_host(mechanism, value, session_->random(16)), what);
  }
  kek.release();
}

void AdminToken::create_data_key(const std::string& label, std::uint16_t id, const HeapSecret& value) {
  require_octets(value, kek_octets);
  refuse_second(*session_, label, id);
  const auto octets = id_octets(id);
  const std::string what = fmt::format("data key \"{}\" with id {}", label, id);
  CK_MECHANISM_TYPE allowed = CKM_AES_ECB;
  Template wanted;
  add_guarded(wanted, Use::encrypt);
  wanted.text(CKA_LABEL, label).octets(CKA_ID, octets).octets(CKA_VALUE, value.view());
  wanted.octets(CKA_ALLOWED_MECHANISMS, {reinterpret_cast<const std::uint8_t*>(&allowed), sizeof allowed});
  Temporary key(*session_, session_->create(wanted, what));
  session_->insist_on_flags(key.get(), wanted, what);
  attack_attributes(*session_, key.get(), what);
  key.release();
}

void AdminToken::create_transport_key(const std::string& label, const HeapSecret& value) {
  hsm::create_transport_key(*session_, label, value);
}

std::string AdminToken::create_transport_pair(const std::string& label, unsigned bits) {
  return hsm::create_transport_pair(*session_, label, bits);
}

AdminToken::TransportKeys AdminToken::transport_keys() const {
  return {transport_labels(*session_, CKO_SECRET_KEY), transport_labels(*session_, CKO_PRIVATE_KEY)};
}

}  // namespace hsm
