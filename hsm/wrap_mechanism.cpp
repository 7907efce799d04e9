// SPDX-License-Identifier: Apache-2.0
// The table of wrap mechanisms.
#include "hsm/wrap_mechanism.h"

#include "hsm/error.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace hsm {
namespace {

constexpr std::array rows{
    WrapMechanism{"aes-key-wrap", CKM_AES_KEY_WRAP, 0, 24, true},                // RFC 3394
    WrapMechanism{"aes-key-wrap-kwp", mechanism_aes_key_wrap_kwp, 0, 24, true},  // RFC 5649
    WrapMechanism{"aes-key-wrap-pad", CKM_AES_KEY_WRAP_PAD, 0, 0, false},  // tokens differ in what they mean by it
    WrapMechanism{"aes-cbc-pad", CKM_AES_CBC_PAD, 16, 48, false},          // no integrity of its own: a last resort
};

}  // namespace

const WrapMechanism* find_wrap_mechanism(std::string_view name) noexcept {
  const auto row = std::find_if(rows.begin(), rows.end(), [name](const WrapMechanism& r) { return r.name == name; });
  return row == rows.end() ? nullptr : &*row;
}

const WrapMechanism& wrap_mechanism(std::string_view name) {
  const WrapMechanism* row = find_wrap_mechanism(name);
  if (row != nullptr) return *row;
  throw Error(Kind::config, "", 0,
              fmt::format("wrap mechanism \"{}\" is not one of aes-key-wrap, aes-key-wrap-kwp, aes-key-wrap-pad, "
                          "aes-cbc-pad",
                          name));
}

WrapCall::WrapCall(const WrapMechanism& chosen, Bytes blob) : mechanism{chosen.type, nullptr, 0}, body(blob) {
  if (chosen.iv_octets == 0) return;
  const std::size_t iv_octets = std::min(chosen.iv_octets, blob.size());
  mechanism.pParameter = const_cast<std::uint8_t*>(blob.data());  // the C API is not const-correct; it only reads
  mechanism.ulParameterLen = iv_octets;
  body = blob.subspan(iv_octets);
}

}  // namespace hsm
