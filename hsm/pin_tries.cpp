// SPDX-License-Identifier: Apache-2.0
// The token's flags that count wrong PINs (PKCS#11 2.40, table 5), and what follows from each.
#include "hsm/pin_tries.h"

#include "hsm/base/log.h"
#include "hsm/error.h"

#include <spdlog/fmt/fmt.h>

#include <array>

namespace hsm {
namespace {

struct Row {
  std::string_view name, remedy;
  CK_FLAGS count_low, final_try, locked;
};
// table: in the order of Pin
constexpr std::array rows{
    Row{"user PIN", "the security officer has to set a new one", CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY,
        CKF_USER_PIN_LOCKED},
    Row{"security officer's PIN", "the token has to be reset by its vendor's means", CKF_SO_PIN_COUNT_LOW,
        CKF_SO_PIN_FINAL_TRY, CKF_SO_PIN_LOCKED},
};
const Row& row_of(Pin pin) { return rows.at(static_cast<std::size_t>(pin)); }

}  // namespace

void refuse_locked(std::string_view call, std::string_view label, Pin pin) {
  const Row& row = row_of(pin);
  throw Error(Kind::pin, std::string(call), CKR_PIN_LOCKED,
              fmt::format("the {} of token \"{}\" is locked after wrong tries: {}", row.name, label, row.remedy));
}

void refuse_hopeless_try(const CK_TOKEN_INFO& token, std::string_view label, Pin pin, FinalTry final_try) {
  const Row& row = row_of(pin);
  if (pin == Pin::user && (token.flags & CKF_USER_PIN_INITIALIZED) == 0) {
    throw Error(Kind::config, "C_GetTokenInfo", CKR_USER_PIN_NOT_INITIALIZED,
                fmt::format("token \"{}\" has no user PIN yet", label));
  }
  if ((token.flags & row.locked) != 0) refuse_locked("C_GetTokenInfo", label, pin);
  const bool is_last = (token.flags & row.final_try) != 0;
  if (is_last && final_try == FinalTry::spare) {
    throw Error(
        Kind::pin, "C_GetTokenInfo", 0,
        fmt::format("the {} of token \"{}\" has one try left and is not tried: a wrong one locks the token. Make "
                    "sure of the PIN file, then set token.use_final_try = true, or give the tool --use-final-try",
                    row.name, label));
  }
  if (is_last || (token.flags & row.count_low) != 0) {
    base::log(base::event("pin_tries_low"), label, "token=\"{}\" pin=\"{}\" last={}", label, row.name, is_last);
  }
}

}  // namespace hsm
