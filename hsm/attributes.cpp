// SPDX-License-Identifier: Apache-2.0
// Building attribute templates and reading attributes back.
#include "hsm/attributes.h"

#include "hsm/cryptoki_error.h"

#include <spdlog/fmt/fmt.h>

#include <array>

namespace hsm {
namespace {

constexpr CK_BBOOL yes = 1;
constexpr CK_BBOOL no = 0;
constexpr CK_ULONG unavailable = ~CK_ULONG{0};

bool is_absent(CK_RV rv) noexcept { return rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE; }

}  // namespace

Template& Template::add(CK_ATTRIBUTE_TYPE type, const void* value, std::size_t size) {
  rows_.push_back({type, const_cast<void*>(value), size});  // the C API takes one struct to read and to write
  return *this;
}

Template& Template::flag(CK_ATTRIBUTE_TYPE type, bool value) { return add(type, value ? &yes : &no, sizeof yes); }

Template& Template::number(CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
  return add(type, &numbers_.emplace_back(value), sizeof value);
}

Template& Template::octets(CK_ATTRIBUTE_TYPE type, Bytes value) { return add(type, value.data(), value.size()); }

Template& Template::text(CK_ATTRIBUTE_TYPE type, std::string_view value) {
  return add(type, value.data(), value.size());
}

Template& Template::list(CK_ATTRIBUTE_TYPE type, Template& value) {
  return add(type, value.data(), value.size() * sizeof(CK_ATTRIBUTE));
}

bool Object::flag(CK_ATTRIBUTE_TYPE type) const {
  CK_BBOOL value = no;
  CK_ATTRIBUTE row{type, &value, sizeof value};
  check(functions.C_GetAttributeValue(session, handle, &row, 1), "C_GetAttributeValue");
  return value != no;
}

CK_ULONG Object::number(CK_ATTRIBUTE_TYPE type) const {
  CK_ULONG value = 0;
  CK_ATTRIBUTE row{type, &value, sizeof value};
  check(functions.C_GetAttributeValue(session, handle, &row, 1), "C_GetAttributeValue");
  return value;
}

// Asked three times: for the size, for the types and sizes in it, for the values.
std::map<CK_ATTRIBUTE_TYPE, bool> Object::nested_flags(CK_ATTRIBUTE_TYPE type) const {
  CK_ATTRIBUTE outer{type, nullptr, 0};
  const CK_RV rv = functions.C_GetAttributeValue(session, handle, &outer, 1);
  if (is_absent(rv) || (rv == CKR_OK && outer.ulValueLen == unavailable)) return {};
  check(rv, "C_GetAttributeValue");
  std::vector<CK_ATTRIBUTE> rows(outer.ulValueLen / sizeof(CK_ATTRIBUTE));
  outer.pValue = rows.data();
  check(functions.C_GetAttributeValue(session, handle, &outer, 1), "C_GetAttributeValue");
  std::vector<std::vector<std::uint8_t>> values;
  for (CK_ATTRIBUTE& row : rows)
    row.pValue = values.emplace_back(row.ulValueLen == unavailable ? 0 : row.ulValueLen).data();
  check(functions.C_GetAttributeValue(session, handle, &outer, 1), "C_GetAttributeValue");
  std::map<CK_ATTRIBUTE_TYPE, bool> flags;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (values[i].size() == sizeof(CK_BBOOL)) flags[rows[i].type] = values[i].front() != no;
  }
  return flags;
}

std::optional<std::vector<std::uint8_t>> Object::octets(CK_ATTRIBUTE_TYPE type) const {
  CK_ATTRIBUTE row{type, nullptr, 0};
  const CK_RV rv = functions.C_GetAttributeValue(session, handle, &row, 1);
  if (is_absent(rv)) return std::nullopt;
  check(rv, "C_GetAttributeValue");
  if (row.ulValueLen == unavailable) return std::nullopt;
  std::vector<std::uint8_t> value(row.ulValueLen);
  row.pValue = value.data();
  check(functions.C_GetAttributeValue(session, handle, &row, 1), "C_GetAttributeValue");
  value.resize(row.ulValueLen);
  return value;
}

std::string Object::text(CK_ATTRIBUTE_TYPE type) const {
  const auto value = octets(type);
  return value ? std::string(value->begin(), value->end()) : std::string();
}

void Object::encrypt(MutableBytes blocks, std::string_view about) const {
  CK_MECHANISM ecb{CKM_AES_ECB, nullptr, 0};
  CK_ULONG length = blocks.size();
  check(functions.C_EncryptInit(session, &ecb, handle), "C_EncryptInit", about);
  check(functions.C_Encrypt(session, blocks.data(), blocks.size(), blocks.data(), &length), "C_Encrypt", about);
  if (length == blocks.size()) return;
  throw Error(Kind::config, "C_Encrypt", 0,
              fmt::format("{}: the token gave {} octets for {}", about, length, blocks.size()));
}

std::vector<CK_OBJECT_HANDLE> find_objects(const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session,
                                           Template& wanted) {
  check(functions.C_FindObjectsInit(session, wanted.data(), wanted.size()), "C_FindObjectsInit");
  std::vector<CK_OBJECT_HANDLE> found;
  std::array<CK_OBJECT_HANDLE, 256> some{};
  CK_ULONG count = 0;
  CK_RV rv = CKR_OK;
  do {
    rv = functions.C_FindObjects(session, some.data(), some.size(), &count);
    if (rv == CKR_OK) found.insert(found.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count));
  } while (rv == CKR_OK && count > 0);
  const CK_RV final_rv = functions.C_FindObjectsFinal(session);
  check(rv, "C_FindObjects");
  check(final_rv, "C_FindObjectsFinal");
  return found;
}

}  // namespace hsm
