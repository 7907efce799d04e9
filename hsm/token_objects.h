// SPDX-License-Identifier: Apache-2.0
// Subscriber keys that are token objects, found by RFC 7512 URI in a map made once instead of a search per request.
#pragma once

#include "hsm/attributes.h"
#include "hsm/token.h"

#include <string>
#include <unordered_map>
#include <vector>

namespace hsm {

class TokenObjects {
 public:
  // Reads label and id of every 128-bit AES key of the token. Linear in their number (a second or two for 50,000).
  void scan(const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE session);

  // The one object that the URI names. Throws Error{key}, which never repeats the URI, if it is none, has a PIN, names
  // another token, or does not name exactly one key; a caller that gets `unknown` may scan and ask again.
  struct Found {
    CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
    [[nodiscard]] bool is_unknown() const noexcept { return handle == CK_INVALID_HANDLE; }
  };
  [[nodiscard]] Found find(const KeyReference& reference, const CK_TOKEN_INFO& token) const;

 private:
  struct Entry {
    std::string label, id;
    CK_OBJECT_HANDLE handle;
  };
  std::unordered_multimap<std::string, std::size_t> by_label_, by_id_;
  std::vector<Entry> entries_;
};

}  // namespace hsm
