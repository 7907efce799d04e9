// SPDX-License-Identifier: Apache-2.0
// SIP Digest's H(A1): its algorithms, and what a sealed one is bound to (TS 33.203 Annex N, RFC 7616 3.4.2).
#pragma once

#include "hsm/token.h"
#include "hss/cx/authentication_store.h"
#include "hss/cx/messages.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace hss {

enum class DigestAlgorithm : std::uint8_t { md5, sha256 };

constexpr std::string_view name(DigestAlgorithm algorithm) noexcept {
  return algorithm == DigestAlgorithm::md5 ? "MD5" : "SHA-256";
}

// Associated data of the seal: an H(A1) that is moved to another identity, realm or algorithm no longer opens. No
// credential's OPc has a binding like it, since those begin with a name and this one with a zero octet.
std::vector<std::uint8_t> digest_binding(std::string_view impi, std::string_view realm, DigestAlgorithm algorithm);

// What the S-CSCF gets. Blocks as the token does; throws hsm::Error, of kind key when the row was sealed for something
// else.
DigestData open_digest(hsm::Token& token, std::string_view impi, const DigestRow& row);

}  // namespace hss
