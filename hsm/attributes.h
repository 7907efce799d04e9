// SPDX-License-Identifier: Apache-2.0
// Attribute templates for Cryptoki calls, typed reads of the attributes of an object, and encryption under one.
#pragma once

#include "hsm/cryptoki.h"
#include "hsm/secret.h"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hsm {

// A list of attributes. Flags and numbers live inside, octets and nested lists must outlive it. Not copied: the rows
// point into it.
class Template {
 public:
  Template() = default;
  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;

  Template& flag(CK_ATTRIBUTE_TYPE type, bool value);
  Template& number(CK_ATTRIBUTE_TYPE type, CK_ULONG value);
  Template& octets(CK_ATTRIBUTE_TYPE type, Bytes value);
  Template& text(CK_ATTRIBUTE_TYPE type, std::string_view value);
  Template& list(CK_ATTRIBUTE_TYPE type, Template& value);

  [[nodiscard]] CK_ATTRIBUTE* data() noexcept { return rows_.data(); }
  [[nodiscard]] CK_ULONG size() const noexcept { return rows_.size(); }

 private:
  Template& add(CK_ATTRIBUTE_TYPE type, const void* value, std::size_t size);
  std::vector<CK_ATTRIBUTE> rows_;
  std::deque<CK_ULONG> numbers_;  // a deque, so that the rows' pointers stay good
};

// One session's view of one object. Each read is one C_GetAttributeValue; all throw Error. May block as long as the
// token does.
struct Object {
  const CK_FUNCTION_LIST& functions;
  CK_SESSION_HANDLE session;
  CK_OBJECT_HANDLE handle;

  [[nodiscard]] bool flag(CK_ATTRIBUTE_TYPE type) const;
  [[nodiscard]] CK_ULONG number(CK_ATTRIBUTE_TYPE type) const;
  // Nothing where the token does not know the attribute or does not show it.
  [[nodiscard]] std::optional<std::vector<std::uint8_t>> octets(CK_ATTRIBUTE_TYPE type) const;
  [[nodiscard]] std::string text(CK_ATTRIBUTE_TYPE type) const;
  // The flags in an attribute that is itself a template; empty where it is absent.
  [[nodiscard]] std::map<CK_ATTRIBUTE_TYPE, bool> nested_flags(CK_ATTRIBUTE_TYPE type) const;

  // AES-ECB in place, a multiple of 16 octets, as one operation of two calls; the session must not have another one
  // under way. After an Error of C_Encrypt it may still be active. `about` is named in errors.
  void encrypt(MutableBytes blocks, std::string_view about) const;
};

// Handles of all objects that match. Linear in the number of objects on some tokens: never per request.
std::vector<CK_OBJECT_HANDLE> find_objects(const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session,
                                           Template& wanted);

}  // namespace hsm
