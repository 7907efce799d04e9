// SPDX-License-Identifier: Apache-2.0
// The binding of a sealed H(A1), and its opening.
#include "hss/cx/digest.h"

#include <array>

namespace hss {
namespace {

// Into digits that are wiped; `ha1` has half as many octets.
template <std::size_t N>
void encode_hex(hsm::Bytes ha1, hsm::Secret<N>& digits) {
  constexpr std::string_view alphabet = "0123456789abcdef";
  if (ha1.size() != N / 2) {
    throw hsm::Error(hsm::Kind::key, "", 0, "a sealed H(A1) has a wrong length");
  }
  for (std::size_t i = 0; i < ha1.size(); ++i) {
    digits.edit()[2 * i] = static_cast<std::uint8_t>(alphabet[ha1[i] >> 4U]);
    digits.edit()[2 * i + 1] = static_cast<std::uint8_t>(alphabet[ha1[i] & 15U]);
  }
}

}  // namespace

// Neither IMPI nor realm holds a zero octet, so the parts cannot run into each other.
std::vector<std::uint8_t> digest_binding(std::string_view impi, std::string_view realm, DigestAlgorithm algorithm) {
  std::vector<std::uint8_t> binding;
  for (const std::string_view part : std::array{std::string_view("sip-digest"), impi, realm, name(algorithm)}) {
    binding.push_back(0);
    binding.insert(binding.end(), part.begin(), part.end());
  }
  return binding;
}

DigestData open_digest(hsm::Token& token, std::string_view impi, const DigestRow& row) {
  const auto unseal = [&](DigestAlgorithm algorithm, hsm::Bytes sealed) {
    return token.unseal(row.data_key_id, digest_binding(impi, row.realm, algorithm), sealed);
  };
  DigestData out;
  out.realm = row.realm;
  encode_hex(unseal(DigestAlgorithm::md5, row.md5_sealed).view(), out.md5.digits);
  if (!row.sha256_sealed.empty()) {
    encode_hex(unseal(DigestAlgorithm::sha256, row.sha256_sealed).view(), out.sha256.emplace().digits);
  }
  return out;
}

}  // namespace hss
