// What an open token does: unwrap and check keys, encrypt blocks, draw random octets, prove KEKs.
#include "hsm/open_token.h"

#include "hsm/cryptoki_error.h"
#include "hsm/sealed.h"
#include "hsm/wrap_mechanism.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>

namespace hsm {
namespace {

constexpr CK_ULONG k_octets = 16;
constexpr std::size_t random_block = 4096;         // octets per call: one by one would be a call per RAND
constexpr std::chrono::seconds between_scans{10};  // a search is linear in the number of objects

std::string named(const KeyReference& reference) { return "credential " + reference.owner; }

Error key_error(const KeyReference& reference, std::string_view why) {
  return {Kind::key, "", 0, fmt::format("{}: {}", named(reference), why)};
}

const WrapMechanism& mechanism_of(const KeyReference& reference) {
  const WrapMechanism* mechanism = find_wrap_mechanism(reference.wrap_mechanism);
  if (mechanism == nullptr) throw key_error(reference, "its wrap mechanism is unknown: " + reference.wrap_mechanism);
  if (mechanism->blob_octets == 0 || mechanism->blob_octets == reference.wrapped.size()) return *mechanism;
  throw key_error(reference, fmt::format("{} octets cannot be a 128-bit key wrapped with {}", reference.wrapped.size(),
                                         mechanism->name));
}

}  // namespace

OpenToken::OpenToken(const TokenConfig& config, const HeapSecret& pin, Module::Leftover leftover,
                     std::shared_ptr<TokenCounters> counters)
    : config_(config),
      counters_(std::move(counters)),
      module_(config.module, leftover),
      login_(module_, config.label, config.serial, pin, config.use_final_try ? FinalTry::use : FinalTry::spare),
      functions_(module_.functions()),
      info_(login_.token_info()),
      keys_(std::make_shared<KeySession>(login_.open_session(false), functions_, counters_)),
      operation_(login_.open_session(false)),
      random_(random_block) {
  require_mechanism(CKM_AES_ECB, "CKM_AES_ECB");
  add_unwrapped_attributes(unwrap_template_, config_.private_keys);
  scan();
  if (!keks_.empty()) require_mechanism(wrap_mechanism(config_.wrap_mechanism).type, config_.wrap_mechanism);
  if (derived_.data.empty()) {
    throw Error(Kind::config, "C_FindObjects", 0,
                fmt::format("no key \"{}\" in token \"{}\"", config_.data_key_label, config_.label));
  }
  if (derived_.fingerprint.empty()) refuse_without_fingerprint_key(config_.data_key_label, config_.label);
}

// Sessions are left to C_Finalize: closing one can mean a look at every object there ever was, and there are several.
OpenToken::~OpenToken() {
  keys_->abandon();
  operation_.forget();
  login_.forget_session();
}

void OpenToken::require_mechanism(CK_MECHANISM_TYPE type, std::string_view name) const {
  CK_MECHANISM_INFO info{};
  check(functions_.C_GetMechanismInfo(login_.slot(), type, &info), "C_GetMechanismInfo", name);
}

void OpenToken::scan() {
  keks_ = find_keks(functions_, operation_.get(), config_.kek_label);
  derived_ = derive_keys(functions_, operation_.get(), config_.data_key_label);
  objects_.scan(functions_, operation_.get());
  scanned_ = Clock::now();
}

bool OpenToken::scan_again() {
  if (Clock::now() - scanned_ < between_scans) return false;
  scan();
  return true;
}

void OpenToken::prove(const KekCheck& recorded) {
  const std::string what = fmt::format("KEK {} of token \"{}\"", recorded.kek_id, config_.label);
  std::array<std::uint8_t, k_octets> block{};
  try {
    KeyReference probe;
    probe.owner = fmt::format("probe of KEK {}", recorded.kek_id);
    probe.kek_id = recorded.kek_id;
    probe.wrap_mechanism = recorded.wrap_mechanism;
    probe.wrapped = recorded.probe;
    const auto key = take(probe);
    begin(*key);
    update(block, block);
    if (!end()) throw Error(Kind::device, "C_EncryptFinal", 0, what + " failed while it was proved");
  } catch (const Error& error) {
    if (error.kind() != Kind::key) throw;
    throw Error(Kind::config, error.call(), error.rv(),
                fmt::format("{} is not the one this database was made with: {}", what, error.what()));
  }
  const Bytes seen = Bytes(block).first(std::min<std::size_t>(recorded.check_value.size(), block.size()));
  if (recorded.check_value.empty() || !std::ranges::equal(seen, recorded.check_value)) {
    throw Error(Kind::config, "", 0,
                what + " is not the one this database was made with: its probe encrypts otherwise");
  }
}

const HeapSecret& OpenToken::data_key(KeyId id) {
  const auto& keys = derived_.data;
  auto found = keys.find(id);
  if (found == keys.end() && scan_again()) found = keys.find(id);
  if (found == keys.end()) throw Error(Kind::key, "", 0, fmt::format("no data key {} in the token", id));
  return found->second;
}

HeapSecret OpenToken::companion_of(const KeyReference& reference) {
  if (reference.sealed.empty()) return {};
  auto companion = open_sealed(data_key(reference.data_key_id), seal_binding(reference), reference.sealed);
  if (!companion) {
    throw key_error(reference, "its sealed OPc does not open: it belongs to another credential, key or data key");
  }
  return std::move(*companion);
}

HeapSecret OpenToken::unseal(KeyId data_key_id, Bytes binding, Bytes sealed) {
  auto value = open_sealed(data_key(data_key_id), binding, sealed);
  if (!value)
    throw Error(Kind::key, "", 0, "a sealed value does not open: it belongs elsewhere or to another data key");
  return std::move(*value);
}

CK_OBJECT_HANDLE OpenToken::kek_of(const KeyReference& reference) {
  auto kek = keks_.find(reference.kek_id);
  if (kek == keks_.end() && scan_again()) kek = keks_.find(reference.kek_id);
  if (kek == keks_.end()) throw key_error(reference, fmt::format("no KEK {} in the token", reference.kek_id));
  return kek->second;
}

CK_OBJECT_HANDLE OpenToken::object_of(const KeyReference& reference) {
  auto found = objects_.find(reference, info_);
  if (found.is_unknown() && scan_again()) found = objects_.find(reference, info_);
  if (found.is_unknown()) throw key_error(reference, "no 128-bit AES key of the token has that URI");
  return found.handle;
}

// Number state belongs to K: a row that has another key's fingerprint would go on with that key's numbers.
std::shared_ptr<const TokenKey> OpenToken::load(const KeyReference& reference) {
  if (reference.fingerprint.empty()) throw key_error(reference, "it has no fingerprint: run quintet keys fingerprint");
  auto key = take(reference);
  if (std::ranges::equal(fingerprint(*key), reference.fingerprint)) return key;
  throw key_error(reference, "its fingerprint is not that of its key: run quintet keys fingerprint --verify");
}

Fingerprint OpenToken::fingerprint(const KeyReference& reference) { return fingerprint(*take(reference)); }

Fingerprint OpenToken::fingerprint(const TokenKey& key) {
  try {
    return fingerprint_of({functions_, operation_.get(), key.handle()}, derived_.fingerprint);
  } catch (const Error& error) {
    if (error.call() == "C_Encrypt") static_cast<void>(replace_operation_session());  // it may be active in there still
    throw;
  }
}

std::shared_ptr<const TokenKey> OpenToken::take(const KeyReference& reference) {
  HeapSecret companion = companion_of(reference);
  if (reference.uri.empty()) return unwrap(reference, std::move(companion));
  auto key = std::make_shared<const TokenKey>(keys_, object_of(reference), TokenKey::Life::token, reference.owner,
                                              std::move(companion));
  insist_on_protection(*key);
  return key;
}

std::shared_ptr<const TokenKey> OpenToken::unwrap(const KeyReference& reference, HeapSecret companion) {
  const WrapMechanism& mechanism = mechanism_of(reference);
  WrapCall call(mechanism, reference.wrapped);
  CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
  const CK_RV rv = functions_.C_UnwrapKey(keys_->get(), &call.mechanism, kek_of(reference),
                                          const_cast<std::uint8_t*>(call.body.data()),  // read only
                                          call.body.size(), unwrap_template_.data(), unwrap_template_.size(), &handle);
  if (rv != CKR_OK) fail(rv, "C_UnwrapKey", named(reference));
  auto key =
      std::make_shared<const TokenKey>(keys_, handle, TokenKey::Life::session, reference.owner, std::move(companion));
  counters_->unwraps.fetch_add(1, std::memory_order_relaxed);
  insist_on_protection(*key);
  return key;
}

// Some tokens take a template and ignore it.
void OpenToken::insist_on_protection(const TokenKey& key) const {
  CK_BBOOL sensitive = CK_FALSE;
  CK_BBOOL extractable = CK_TRUE;
  CK_ULONG octets = 0;
  std::array rows{CK_ATTRIBUTE{CKA_SENSITIVE, &sensitive, sizeof sensitive},
                  CK_ATTRIBUTE{CKA_EXTRACTABLE, &extractable, sizeof extractable},
                  CK_ATTRIBUTE{CKA_VALUE_LEN, &octets, sizeof octets}};
  check(functions_.C_GetAttributeValue(keys_->get(), key.handle(), rows.data(), rows.size()), "C_GetAttributeValue",
        key.owner());
  if (sensitive == CK_FALSE || extractable != CK_FALSE) {
    throw Error(Kind::config, "C_GetAttributeValue", 0,
                fmt::format("the token holds the key of credential {} readable or extractable, whatever it was asked: "
                            "it cannot be used",
                            key.owner()));
  }
  if (octets != k_octets && octets != 0) {  // some tokens do not tell the length of an unwrapped key
    throw Error(Kind::key, "C_GetAttributeValue", 0,
                fmt::format("credential {}: its key has {} octets instead of 16", key.owner(), octets));
  }
}

void OpenToken::begin(const TokenKey& key) {
  if (!key.lives_in(*keys_)) {
    throw Error(Kind::stale, "", 0, "credential " + key.owner() + ": its key is from before the token was re-opened");
  }
  CK_MECHANISM ecb{CKM_AES_ECB, nullptr, 0};
  const CK_RV rv = functions_.C_EncryptInit(operation_.get(), &ecb, key.handle());
  if (rv != CKR_OK) fail(rv, "C_EncryptInit", "credential " + key.owner());
}

void OpenToken::update(Bytes in, MutableBytes out) {
  CK_ULONG length = out.size();
  check(functions_.C_EncryptUpdate(operation_.get(), const_cast<std::uint8_t*>(in.data()), in.size(),  // read only
                                   out.data(), &length),
        "C_EncryptUpdate");
  if (length != in.size()) {
    throw Error(Kind::config, "C_EncryptUpdate", 0, "the token holds back output of AES-ECB");
  }
}

// The final part of ECB is empty; asking for it makes the token drop the key schedule.
bool OpenToken::end() noexcept {
  std::array<std::uint8_t, k_octets> rest{};
  CK_ULONG length = rest.size();
  return functions_.C_EncryptFinal(operation_.get(), rest.data(), &length) == CKR_OK && length == 0;
}

bool OpenToken::replace_operation_session() noexcept {
  try {
    operation_ = Session();
    operation_ = login_.open_session(false);
  } catch (const Error&) {
    return false;
  }
  return is_logged_in();
}

bool OpenToken::is_healthy() const noexcept {
  CK_TOKEN_INFO now{};
  return functions_.C_GetTokenInfo(login_.slot(), &now) == CKR_OK && (now.flags & CKF_TOKEN_INITIALIZED) != 0;
}

void OpenToken::random(MutableBytes out) {
  for (std::size_t done = 0; done < out.size();) {
    if (random_left_ == 0) {
      login_.token_random(random_.edit());
      mix_in_system_random(random_.edit());
      random_left_ = random_.size();
    }
    const std::size_t size = std::min(out.size() - done, random_left_);
    const MutableBytes from = random_.edit().subspan(random_.size() - random_left_, size);
    std::ranges::copy(from, out.begin() + static_cast<std::ptrdiff_t>(done));
    OPENSSL_cleanse(from.data(), from.size());
    random_left_ -= size;
    done += size;
  }
}

}  // namespace hsm
