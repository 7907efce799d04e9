// SPDX-License-Identifier: Apache-2.0
// What one session does: unwrap and check keys, encrypt blocks, draw random octets, prove KEKs.
#include "hsm/token_session.h"

#include "hsm/cryptoki_error.h"
#include "hsm/sealed.h"
#include "hsm/wrap_mechanism.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>

namespace hsm {
namespace {

constexpr CK_ULONG k_octets = 16;
constexpr std::size_t random_block = 4096;  // octets per call: one by one would be a call per RAND

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

class Wiped {
 public:
  explicit Wiped(std::vector<std::uint8_t>& octets) : octets_(octets) {}
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { OPENSSL_cleanse(octets_.data(), octets_.size()); }

 private:
  std::vector<std::uint8_t>& octets_;
};

}  // namespace

TokenSession::TokenSession(OpenToken& token)
    : token_(token),
      functions_(token.functions()),
      is_single_part_(token.config().sessions > 1),
      random_(random_block) {
  add_unwrapped_attributes(unwrap_template_, token.config().private_keys);
  mend();
}

void TokenSession::abandon() noexcept {
  if (keys_) keys_->abandon();
  operation_.forget();
}

// What is dead is not closed: its handle may be another session's by now.
void TokenSession::discard() noexcept {
  key_ = nullptr;
  active_ = CK_INVALID_HANDLE;
  if (!operation_.is_usable()) operation_.forget();
  operation_ = Session();
  if (keys_ && !keys_->is_usable()) keys_->abandon();
}

void TokenSession::mend() {
  if (!keys_ || !keys_->is_alive()) {
    keys_ = std::make_shared<KeySession>(token_.open_session(), functions_, token_.counters());
    obeyed_.clear();
  }
  if (operation_.get() == CK_INVALID_HANDLE) operation_ = token_.open_session();
}

void TokenSession::prove(const KekCheck& recorded) {
  const std::string what = fmt::format("KEK {} of token \"{}\"", recorded.kek_id, token_.config().label);
  std::array<std::uint8_t, k_octets> block{};
  try {
    KeyReference probe;
    probe.owner = fmt::format("probe of KEK {}", recorded.kek_id);
    probe.kek_id = recorded.kek_id;
    probe.wrap_mechanism = recorded.wrap_mechanism;
    probe.wrapped = recorded.probe;
    const auto key = take(probe);
    clear_operation();
    Object{functions_, operation_.get(), key->handle()}.encrypt(block, named(probe));
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

// What `look` finds in the token's contents, if need be in those of now.
template <typename Look>
auto TokenSession::look_up(const Look& look) {
  auto found = look(token_.contents());
  if (found) return found;
  clear_operation();
  token_.scan_again(operation_.get());
  return look(token_.contents());
}

std::shared_ptr<const HeapSecret> TokenSession::data_key(KeyId id) {
  auto found = look_up([id](const std::shared_ptr<const OpenToken::Contents>& contents) {
    const auto key = contents->derived.data.find(id);
    return key == contents->derived.data.end() ? nullptr : std::shared_ptr<const HeapSecret>(contents, &key->second);
  });
  if (!found) throw Error(Kind::key, "", 0, fmt::format("no data key {} in the token", id));
  return found;
}

HeapSecret TokenSession::companion_of(const KeyReference& reference) {
  if (reference.sealed.empty()) return {};
  auto companion = open_sealed(*data_key(reference.data_key_id), seal_binding(reference), reference.sealed);
  if (!companion) {
    throw key_error(reference, "its sealed OPc does not open: it belongs to another credential, key or data key");
  }
  return std::move(*companion);
}

HeapSecret TokenSession::unseal(KeyId data_key_id, Bytes binding, Bytes sealed) {
  auto value = open_sealed(*data_key(data_key_id), binding, sealed);
  if (!value)
    throw Error(Kind::key, "", 0, "a sealed value does not open: it belongs elsewhere or to another data key");
  return std::move(*value);
}

CK_OBJECT_HANDLE TokenSession::kek_of(const KeyReference& reference) {
  const CK_OBJECT_HANDLE handle = look_up([&](const std::shared_ptr<const OpenToken::Contents>& contents) {
    const auto kek = contents->keks.find(reference.kek_id);
    return kek == contents->keks.end() ? CK_INVALID_HANDLE : kek->second;
  });
  if (handle == CK_INVALID_HANDLE) throw key_error(reference, fmt::format("no KEK {} in the token", reference.kek_id));
  return handle;
}

CK_OBJECT_HANDLE TokenSession::object_of(const KeyReference& reference) {
  const CK_OBJECT_HANDLE handle = look_up([&](const std::shared_ptr<const OpenToken::Contents>& contents) {
    return contents->objects.find(reference, token_.info()).handle;
  });
  if (handle == CK_INVALID_HANDLE) throw key_error(reference, "no 128-bit AES key of the token has that URI");
  return handle;
}

// Number state belongs to K: a row that has another key's fingerprint would go on with that key's numbers.
std::shared_ptr<const TokenKey> TokenSession::load(const KeyReference& reference) {
  if (reference.fingerprint.empty()) throw key_error(reference, "it has no fingerprint: run quintet keys fingerprint");
  auto key = take(reference);
  const Marks marks = marks_of(*key);
  if (!std::ranges::equal(marks.fingerprint, reference.fingerprint)) {
    clear_operation();
    throw key_error(reference, "its fingerprint is not that of its key: run quintet keys fingerprint --verify");
  }
  key->set_check(marks.check);
  return key;
}

Fingerprint TokenSession::fingerprint(const KeyReference& reference) {
  const auto key = take(reference);
  const Marks marks = marks_of(*key);
  clear_operation();
  return marks.fingerprint;
}

// The operation stays active where it can have several parts: who loads a key is about to encrypt.
Marks TokenSession::marks_of(const TokenKey& key) {
  init(key);
  const Wiped wiped(buffer_);
  buffer_.assign(mark_blocks.begin(), mark_blocks.end());
  try {
    encrypt_buffer();
    return hsm::marks_of(buffer_, token_.contents()->derived.fingerprint);
  } catch (...) {
    renew_operation();  // it may be active in there still
    throw;
  }
}

void TokenSession::clear_operation() noexcept {
  if (end()) return;
  token_.counters()->failures.fetch_add(1, std::memory_order_relaxed);
  renew_operation();
}

void TokenSession::renew_operation() noexcept {
  try {
    discard();
    mend();
  } catch (...) {  // its next user mends it, or tells
  }
}

std::shared_ptr<TokenKey> TokenSession::take(const KeyReference& reference) {
  HeapSecret companion = companion_of(reference);
  if (reference.uri.empty()) return unwrap(reference, std::move(companion));
  auto key = std::make_shared<TokenKey>(keys_, object_of(reference), TokenKey::Life::token, reference.owner,
                                        std::move(companion));
  require_protected(*key);
  return key;
}

std::shared_ptr<TokenKey> TokenSession::unwrap(const KeyReference& reference, HeapSecret companion) {
  const WrapMechanism& mechanism = mechanism_of(reference);
  const CK_OBJECT_HANDLE kek = kek_of(reference);
  WrapCall call(mechanism, reference.wrapped);
  CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
  const CK_RV rv = functions_.C_UnwrapKey(keys_->get(), &call.mechanism, kek,
                                          const_cast<std::uint8_t*>(call.body.data()),  // read only
                                          call.body.size(), unwrap_template_.data(), unwrap_template_.size(), &handle);
  if (rv != CKR_OK) fail(rv, "C_UnwrapKey", named(reference));
  auto key = std::make_shared<TokenKey>(keys_, handle, TokenKey::Life::session, reference.owner, std::move(companion));
  token_.counters()->unwraps.fetch_add(1, std::memory_order_relaxed);
  const Way way(kek, mechanism.type);
  if (!mechanism.fixes_length || !obeyed_.contains(way)) {
    require_protected(*key);
    obeyed_.insert(way);
  }
  return key;
}

// Some tokens take a template and ignore it, for one key as for the other: where the wrapping fixes the length, the
// first key under a KEK and with a mechanism stands for all that this session unwraps so.
void TokenSession::require_protected(const TokenKey& key) const {
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

void TokenSession::init(const TokenKey& key) {
  clear_operation();
  CK_MECHANISM ecb{CKM_AES_ECB, nullptr, 0};
  const CK_RV rv = functions_.C_EncryptInit(operation_.get(), &ecb, key.handle());
  if (rv != CKR_OK) fail(rv, "C_EncryptInit", "credential " + key.owner());
  active_ = key.handle();
}

void TokenSession::begin(const TokenKey& key) {
  if (!key.is_alive()) {
    throw Error(Kind::stale, "", 0, "credential " + key.owner() + ": its key died with the session it was made in");
  }
  if (active_ != key.handle()) init(key);
  key_ = &key;
}

// Whatever became of a handle, nothing that another key made leaves: each call has the check block before its input.
void TokenSession::update(Bytes in, MutableBytes out) {
  if (key_ == nullptr) throw Error(Kind::stale, "", 0, "encryption goes on after its operation was ended");
  const TokenKey& key = *std::exchange(key_, nullptr);  // until it has worked
  if (active_ == CK_INVALID_HANDLE) init(key);
  const Wiped wiped(buffer_);
  buffer_.assign(check_block.begin(), check_block.end());
  buffer_.insert(buffer_.end(), in.begin(), in.end());
  encrypt_buffer();
  if (!std::ranges::equal(Bytes(buffer_).first(block_octets), key.check())) {
    throw Error(Kind::stale, "C_Encrypt", 0,
                "credential " + key.owner() + ": the handle of its key has become another key's");
  }
  std::ranges::copy(Bytes(buffer_).subspan(block_octets), out.begin());
  key_ = &key;
}

void TokenSession::encrypt_buffer() {
  const auto call = is_single_part_ ? functions_.C_Encrypt : functions_.C_EncryptUpdate;
  const std::string_view name = is_single_part_ ? "C_Encrypt" : "C_EncryptUpdate";
  CK_ULONG length = buffer_.size();
  check(call(operation_.get(), buffer_.data(), buffer_.size(), buffer_.data(), &length), name);
  if (is_single_part_) active_ = CK_INVALID_HANDLE;
  if (length != buffer_.size())
    throw Error(Kind::config, std::string(name), 0, "the token holds back output of AES-ECB");
}

// The final part of ECB is empty; asking for it makes the token drop the key schedule.
bool TokenSession::end() noexcept {
  key_ = nullptr;
  if (std::exchange(active_, CK_INVALID_HANDLE) == CK_INVALID_HANDLE) return true;
  std::array<std::uint8_t, k_octets> rest{};
  CK_ULONG length = rest.size();
  return functions_.C_EncryptFinal(operation_.get(), rest.data(), &length) == CKR_OK && length == 0;
}

void TokenSession::random(MutableBytes out) {
  for (std::size_t done = 0; done < out.size();) {
    if (random_left_ == 0) {
      clear_operation();  // some tokens do one thing at a time
      const MutableBytes all = random_.edit();
      check(functions_.C_GenerateRandom(operation_.get(), all.data(), all.size()), "C_GenerateRandom");
      mix_in_system_random(all);
      random_left_ = all.size();
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
