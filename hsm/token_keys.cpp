// SPDX-License-Identifier: Apache-2.0
// Finding KEKs and data keys in a token, and refusing those that do not have the attributes they must have.
#include "hsm/token_keys.h"

#include "hsm/cryptoki_error.h"
#include "hsm/fingerprint.h"
#include "hsm/sealed.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <optional>
#include <span>

namespace hsm {
namespace {

struct Demand {
  CK_ATTRIBUTE_TYPE type;
  bool value;
  std::string_view name;
};

constexpr std::array of_every_key{
    Demand{CKA_SENSITIVE, true, "CKA_SENSITIVE"}, Demand{CKA_EXTRACTABLE, false, "CKA_EXTRACTABLE"},
    Demand{CKA_PRIVATE, true, "CKA_PRIVATE"},     Demand{CKA_MODIFIABLE, false, "CKA_MODIFIABLE"},
    Demand{CKA_WRAP, false, "CKA_WRAP"},          Demand{CKA_DECRYPT, false, "CKA_DECRYPT"},
};
constexpr std::array of_a_kek{Demand{CKA_UNWRAP, true, "CKA_UNWRAP"}, Demand{CKA_ENCRYPT, false, "CKA_ENCRYPT"}};
constexpr std::array of_a_data_key{Demand{CKA_ENCRYPT, true, "CKA_ENCRYPT"}, Demand{CKA_UNWRAP, false, "CKA_UNWRAP"}};
// What a KEK forces upon the keys that it unwraps.
constexpr std::array of_an_unwrapped_key{
    Demand{CKA_TOKEN, false, "CKA_TOKEN"},
    Demand{CKA_SENSITIVE, true, "CKA_SENSITIVE"},
    Demand{CKA_EXTRACTABLE, false, "CKA_EXTRACTABLE"},
    Demand{CKA_COPYABLE, false, "CKA_COPYABLE"},
    Demand{CKA_ENCRYPT, true, "CKA_ENCRYPT"},
    Demand{CKA_DECRYPT, false, "CKA_DECRYPT"},
    Demand{CKA_WRAP, false, "CKA_WRAP"},
    Demand{CKA_UNWRAP, false, "CKA_UNWRAP"},
};

void insist(const Object& key, std::span<const Demand> demands, const std::string& what) {
  for (const Demand& demand : demands) {
    if (key.flag(demand.type) == demand.value) continue;
    throw Error(Kind::config, "C_GetAttributeValue", 0,
                fmt::format("{}: {} is {} and must be {}; make the key with the operator's tool", what, demand.name,
                            !demand.value, demand.value));
  }
}

void insist_on_kek(const Object& kek, const std::string& what) {
  insist(kek, of_every_key, what);
  insist(kek, of_a_kek, what);
  const auto forced = kek.nested_flags(CKA_UNWRAP_TEMPLATE);
  for (const Demand& demand : of_an_unwrapped_key) {
    const auto found = forced.find(demand.type);
    if (found != forced.end() && found->second == demand.value) continue;
    throw Error(Kind::config, "C_GetAttributeValue", 0,
                fmt::format("{}: its CKA_UNWRAP_TEMPLATE does not force {} to be {}, so whoever has the PIN could "
                            "unwrap keys in a form that can be read; make the key with the operator's tool",
                            what, demand.name, demand.value));
  }
}

void insist_on_data_key(const Object& key, const std::string& what) {
  insist(key, of_every_key, what);
  insist(key, of_a_data_key, what);
}

std::optional<KeyId> id_of(const Object& key) {
  const auto octets = key.octets(CKA_ID);
  if (!octets || octets->size() != 2) return std::nullopt;
  return static_cast<KeyId>((*octets)[0] << 8 | (*octets)[1]);
}

// All AES token keys of that label by id, each passed through `inspect`.
template <typename Inspect>
std::map<KeyId, CK_OBJECT_HANDLE> find_by_id(const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session,
                                             const std::string& label, Inspect inspect) {
  Template wanted;
  wanted.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_AES).flag(CKA_TOKEN, true).text(CKA_LABEL, label);
  std::map<KeyId, CK_OBJECT_HANDLE> found;
  for (const CK_OBJECT_HANDLE handle : find_objects(functions, session, wanted)) {
    const Object key{functions, session, handle};
    const auto id = id_of(key);
    if (!id) throw Error(Kind::config, "", 0, fmt::format("key \"{}\": its CKA_ID is not two octets", label));
    const std::string what = fmt::format("key \"{}\" with id {}", label, *id);
    inspect(key, what);
    if (!found.emplace(*id, handle).second) {
      throw Error(Kind::config, "", 0, fmt::format("{} is twice in the token", what));
    }
  }
  return found;
}

// Counter mode after SP 800-108 with AES-256 as the function: i, a purpose of our own of up to 11 octets, the key's id,
// 256 bits wanted.
HeapSecret derive(const Object& key, std::string_view purpose, KeyId id) {
  HeapSecret derived(data_key_octets);
  const auto octets = id_octets(id);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto block = derived.edit().subspan(i * 16, 16);
    block[0] = static_cast<std::uint8_t>(i + 1);
    std::copy(purpose.begin(), purpose.end(), block.begin() + 1);
    block[12] = octets[0];
    block[13] = octets[1];
    block[14] = 1;
    block[15] = 0;
  }
  key.encrypt(derived.edit(), "the data key");
  return derived;
}

}  // namespace

std::array<std::uint8_t, 2> id_octets(KeyId id) noexcept {
  return {static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id & 0xff)};
}

void add_forced_attributes(Template& wanted) {
  for (const Demand& demand : of_an_unwrapped_key) {
    wanted.flag(demand.type, demand.value);
  }
}

void add_unwrapped_attributes(Template& wanted, bool is_private) {
  wanted.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_AES).flag(CKA_PRIVATE, is_private);
  add_forced_attributes(wanted);
}

std::map<KeyId, CK_OBJECT_HANDLE> find_keks(const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session,
                                            const std::string& label) {
  return find_by_id(functions, session, label, insist_on_kek);
}

HeapSecret derive_data_key(const Object& key, KeyId id) { return derive(key, "quintet-opc", id); }

HeapSecret derive_fingerprint_key(const Object& key) { return derive(key, "fingerprint", fingerprint_data_key_id); }

DerivedKeys derive_keys(const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session, const std::string& label) {
  DerivedKeys derived;
  for (const auto& [id, handle] : find_by_id(functions, session, label, insist_on_data_key)) {
    const Object key{functions, session, handle};
    derived.data.emplace(id, derive_data_key(key, id));
    if (id == fingerprint_data_key_id) derived.fingerprint = derive_fingerprint_key(key);
  }
  return derived;
}

void refuse_without_fingerprint_key(const std::string& label, const std::string& token) {
  throw Error(
      Kind::config, "C_FindObjects", 0,
      fmt::format("no key \"{}\" with id {} in token \"{}\": the fingerprints of subscriber keys are taken with "
                  "it, whatever other ids are in use; make it with quintet token init --data-key-id {}",
                  label, fingerprint_data_key_id, token, fingerprint_data_key_id));
}

}  // namespace hsm
