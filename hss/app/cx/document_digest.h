// SPDX-License-Identifier: Apache-2.0
// What a document is remembered by, and whom it went to.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace hss::app {

// SHA-256, looked up once: that costs as much as a document. One thread at a time.
class DocumentDigest {
 public:
  DocumentDigest();  // throws std::bad_alloc

  // 32 octets. Throws StoreError (busy) where OpenSSL fails.
  std::string of(std::string_view addressee, std::string_view document);

 private:
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm_;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace hss::app
