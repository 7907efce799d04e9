// SPDX-License-Identifier: Apache-2.0
// Parsing of RFC 7512 URIs (by p11-kit) and their look-up among the keys of a token.
#include "hsm/token_objects.h"

#include "hsm/error.h"

#include <p11-kit/uri.h>
#include <spdlog/fmt/fmt.h>

#include <memory>
#include <optional>

namespace hsm {
namespace {

constexpr CK_ULONG k_octets = 16;

struct FreeUri {
  void operator()(P11KitUri* uri) const noexcept { p11_kit_uri_free(uri); }
};
using Uri = std::unique_ptr<P11KitUri, FreeUri>;

// Without the URI, in which somebody may have put a PIN.
[[noreturn]] void refuse(const KeyReference& reference, std::string_view why) {
  throw Error(Kind::key, "", 0, fmt::format("credential {}: its key_uri {}", reference.owner, why));
}

Uri parse(const KeyReference& reference) {
  Uri uri(p11_kit_uri_new());
  const int result = p11_kit_uri_parse(reference.uri.c_str(), P11_KIT_URI_FOR_OBJECT_ON_TOKEN, uri.get());
  if (result != P11_KIT_URI_OK) refuse(reference, "is not an RFC 7512 URI");
  if (p11_kit_uri_any_unrecognized(uri.get()) != 0) refuse(reference, "has attributes that are not understood");
  if (p11_kit_uri_get_pin_value(uri.get()) != nullptr || p11_kit_uri_get_pin_source(uri.get()) != nullptr) {
    refuse(reference, "has a PIN");
  }
  return uri;
}

std::optional<std::string> attribute(P11KitUri* uri, CK_ATTRIBUTE_TYPE type) {
  const CK_ATTRIBUTE* row = p11_kit_uri_get_attribute(uri, type);
  if (row == nullptr) return std::nullopt;
  return std::string(static_cast<const char*>(row->pValue), row->ulValueLen);
}

void refuse_other_class(P11KitUri* uri, const KeyReference& reference) {
  const CK_ATTRIBUTE* row = p11_kit_uri_get_attribute(uri, CKA_CLASS);
  if (row == nullptr) return;
  if (*static_cast<const CK_OBJECT_CLASS*>(row->pValue) != CKO_SECRET_KEY)
    refuse(reference, "is not one of a secret-key");
}

std::string as_text(const std::optional<std::vector<std::uint8_t>>& octets) {
  return octets ? std::string(octets->begin(), octets->end()) : std::string();
}

}  // namespace

void TokenObjects::scan(const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session) {
  entries_.clear();
  by_label_.clear();
  by_id_.clear();
  Template wanted;
  wanted.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_AES).flag(CKA_TOKEN, true);
  for (const CK_OBJECT_HANDLE handle : find_objects(functions, session, wanted)) {
    const Object key{functions, session, handle};
    const CK_ULONG octets = key.number(CKA_VALUE_LEN);
    if (octets != k_octets && octets != 0) continue;  // some tokens do not tell the length of an unwrapped key
    const Entry& entry = entries_.emplace_back(Entry{key.text(CKA_LABEL), as_text(key.octets(CKA_ID)), handle});
    by_label_.emplace(entry.label, entries_.size() - 1);
    by_id_.emplace(entry.id, entries_.size() - 1);
  }
}

TokenObjects::Found TokenObjects::find(const KeyReference& reference, const CK_TOKEN_INFO& token) const {
  const Uri uri = parse(reference);
  refuse_other_class(uri.get(), reference);
  if (p11_kit_uri_match_token_info(uri.get(), &token) == 0) refuse(reference, "names another token");
  const auto label = attribute(uri.get(), CKA_LABEL);
  const auto id = attribute(uri.get(), CKA_ID);
  if (!label && !id) refuse(reference, "names neither object nor id");
  const auto [begin, end] = label ? by_label_.equal_range(*label) : by_id_.equal_range(*id);
  Found found;
  for (auto row = begin; row != end; ++row) {
    const Entry& entry = entries_[row->second];
    if (id && entry.id != *id) continue;
    if (!found.is_unknown()) refuse(reference, "names more than one key");
    found.handle = entry.handle;
  }
  return found;
}

}  // namespace hsm
