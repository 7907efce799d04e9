// SPDX-License-Identifier: Apache-2.0
// SHA-256 over addressee, a line feed and the document.
#include "hss/app/cx/document_digest.h"

#include "hss/cx/authentication_store.h"

#include <new>

namespace hss::app {

DocumentDigest::DocumentDigest()
    : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free), context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
  if (algorithm_ == nullptr || context_ == nullptr) {
    throw std::bad_alloc();
  }
}

std::string DocumentDigest::of(std::string_view addressee, std::string_view document) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  const bool done = EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1 &&
                    EVP_DigestUpdate(context_.get(), addressee.data(), addressee.size()) == 1 &&
                    EVP_DigestUpdate(context_.get(), "\n", 1) == 1 &&
                    EVP_DigestUpdate(context_.get(), document.data(), document.size()) == 1 &&
                    EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(out.data()), &length) == 1;
  if (!done) {
    throw StoreError(StoreFailure::busy, "no SHA-256");
  }
  out.resize(length);
  return out;
}

}  // namespace hss::app
