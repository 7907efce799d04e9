// SPDX-License-Identifier: Apache-2.0
// Importing keys: into the token by value or by transport key, out of it wrapped under the KEK.
#include "hsm/admin/import_session.h"

#include "hsm/admin/key_value.h"
#include "hsm/admin/transport.h"
#include "hsm/cryptoki_error.h"
#include "hsm/fingerprint.h"
#include "hsm/sealed.h"
#include "hsm/token_keys.h"
#include "hsm/wrap_mechanism.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace hsm {
namespace {

constexpr std::size_t k_octets = 16;

[[noreturn]] void refuse_size(std::string_view what) {
  throw Error(Kind::key, "", 0, fmt::format("{} does not have 16 octets", what));
}

}  // namespace

class ImportSession::Passing {
 public:
  explicit Passing(Temporary key) : key_(std::move(key)) {}
  [[nodiscard]] CK_OBJECT_HANDLE get() const noexcept { return key_.get(); }

 private:
  Temporary key_;
};

class ImportSession::State {
 public:
  State(std::shared_ptr<const Module> module, ImportConfig config)
      : config_(std::move(config)),
        mechanism_(wrap_mechanism(config_.kek.wrap_mechanism)),
        session_(std::move(module), config_.token),
        kek_(find(config_.kek.label, config_.kek.id)),
        data_key_(
            derive_data_key(session_.object(find(config_.data_key_label, config_.data_key_id)), config_.data_key_id)) {}

  [[nodiscard]] const AdminSession& session() const noexcept { return session_; }
  [[nodiscard]] const ImportConfig& config() const noexcept { return config_; }
  [[nodiscard]] const HeapSecret& data_key() const noexcept { return data_key_; }

  // The key stays what it is in the token: only its wrapped form comes out.
  [[nodiscard]] std::vector<std::uint8_t> wrap(CK_OBJECT_HANDLE key) const;
  [[nodiscard]] HeapSecret encrypt(CK_OBJECT_HANDLE key, const HeapSecret& block) const;
  [[nodiscard]] Fingerprint fingerprint(CK_OBJECT_HANDLE key);

 private:
  [[nodiscard]] CK_OBJECT_HANDLE find(const std::string& label, std::uint16_t id) const {
    const CK_OBJECT_HANDLE key = session_.find(CKO_SECRET_KEY, label, id);
    if (key != CK_INVALID_HANDLE) return key;
    throw Error(Kind::config, "C_FindObjects", 0,
                fmt::format("no key \"{}\" with id {} in token \"{}\"", label, id, config_.token.label));
  }

  ImportConfig config_;
  const WrapMechanism& mechanism_;
  AdminSession session_;
  CK_OBJECT_HANDLE kek_;
  HeapSecret data_key_;
  HeapSecret fingerprint_key_;  // empty until it is needed
};

std::vector<std::uint8_t> ImportSession::State::wrap(CK_OBJECT_HANDLE key) const {
  constexpr std::size_t room = 64;
  const HeapSecret iv = mechanism_.iv_octets > 0 ? session_.random(mechanism_.iv_octets) : HeapSecret();
  std::vector<std::uint8_t> blob(iv.view().begin(), iv.view().end());
  blob.resize(iv.size() + room);
  WrapCall call(mechanism_, Bytes(blob));
  CK_ULONG length = room;
  check(session_.functions().C_WrapKey(session_.get(), &call.mechanism, kek_, key, blob.data() + iv.size(), &length),
        "C_WrapKey", "a subscriber key");
  blob.resize(iv.size() + length);
  if (mechanism_.blob_octets != 0 && blob.size() != mechanism_.blob_octets) refuse_size("a subscriber key");
  return blob;
}

HeapSecret ImportSession::State::encrypt(CK_OBJECT_HANDLE key, const HeapSecret& block) const {
  HeapSecret out(block.view());
  session_.object(key).encrypt(out.edit(), "a subscriber key");
  return out;
}

Fingerprint ImportSession::State::fingerprint(CK_OBJECT_HANDLE key) {
  if (fingerprint_key_.empty()) {
    const std::string& label = config_.data_key_label;
    const CK_OBJECT_HANDLE found = session_.find(CKO_SECRET_KEY, label, fingerprint_data_key_id);
    if (found == CK_INVALID_HANDLE) refuse_without_fingerprint_key(label, config_.token.label);
    fingerprint_key_ = derive_fingerprint_key(session_.object(found));
  }
  return fingerprint_of(session_.object(key), fingerprint_key_);
}

ImportSession::ImportSession(std::shared_ptr<const Module> module, ImportConfig config)
    : state_(std::make_unique<State>(std::move(module), std::move(config))) {}
ImportSession::~ImportSession() = default;

ImportSession::Passage ImportSession::from_plain(const HeapSecret& k) {
  if (k.size() != k_octets) refuse_size("K");
  Template wanted;
  add_passing_attributes(wanted);
  wanted.octets(CKA_VALUE, k.view());
  const AdminSession& session = state_->session();
  return std::make_shared<const Passing>(Temporary(session, session.create(wanted, "a subscriber key")));
}

ImportSession::Passage ImportSession::from_transport(const std::string& label, std::string_view mechanism,
                                                     Bytes encrypted) {
  const AdminSession& session = state_->session();
  return std::make_shared<const Passing>(unwrap_delivered(session, label, mechanism, encrypted));
}

std::vector<std::uint8_t> ImportSession::wrap(const Passage& key) { return state_->wrap(key->get()); }

Fingerprint ImportSession::fingerprint(const Passage& key) { return state_->fingerprint(key->get()); }

HeapSecret ImportSession::opc_from_op(const Passage& key, const HeapSecret& op) {
  if (op.size() != k_octets) refuse_size("OP");
  HeapSecret opc = state_->encrypt(key->get(), op);
  std::ranges::transform(opc.view(), op.view(), opc.edit().begin(),
                         [](std::uint8_t a, std::uint8_t b) { return static_cast<std::uint8_t>(a ^ b); });
  return opc;
}

std::vector<std::uint8_t> ImportSession::seal_opc(std::string_view owner, Bytes key_place, const HeapSecret& opc) {
  if (opc.size() != k_octets) refuse_size("OPc");
  return seal(seal_binding(owner, key_place), opc);
}

std::vector<std::uint8_t> ImportSession::seal(Bytes binding, const HeapSecret& value) {
  const HeapSecret fresh = state_->session().random(seal_nonce_octets);
  SealNonce nonce{};
  std::ranges::copy(fresh.view(), nonce.begin());
  return hsm::seal(state_->data_key(), nonce, binding, value.view());
}

KekCheck ImportSession::make_check() {
  const HeapSecret probe = state_->session().random(k_octets);
  const CheckValue value = check_value(probe);
  const KekSpec& kek = state_->config().kek;
  return {kek.id, kek.wrap_mechanism, wrap(from_plain(probe)), {value.begin(), value.end()}};
}

}  // namespace hsm
