// SPDX-License-Identifier: Apache-2.0
// What every command of a 3GPP application has around its own AVPs (TS 29.229 6.1; the others repeat it).
#pragma once

#include "diameter_ext/dictionary/grammar.h"

#include <string_view>

namespace diameter_ext {

consteval Grammar request(std::string_view own) {
  return grammar(
      "< Session-Id > [ DRMP ] { Vendor-Specific-Application-Id } { Auth-Session-State } { Origin-Host } { "
      "Origin-Realm } "
      "[ Destination-Host ] { Destination-Realm }",
      own, "[ OC-Supported-Features ] *[ Proxy-Info ] *[ Route-Record ]");
}

consteval Grammar answer(std::string_view own) {
  return grammar(
      "< Session-Id > [ DRMP ] { Vendor-Specific-Application-Id } [ Result-Code ] [ Experimental-Result ] "
      "{ Auth-Session-State } { Origin-Host } { Origin-Realm }",
      own, "*[ Failed-AVP ] *[ Proxy-Info ] *[ Route-Record ]");
}

}  // namespace diameter_ext
