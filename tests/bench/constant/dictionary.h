// SPDX-License-Identifier: Apache-2.0
// The Cx objects that the constant answer needs, with the grammar rules that freeDiameter checks.
#pragma once

#include <freeDiameter/extension.h>

#include <array>
#include <cstddef>

namespace bench {

constexpr std::size_t command_count = 4;  // 300 to 303

struct CxObjects {
  dict_object* vendor;
  dict_object* application;
  std::array<dict_object*, command_count> requests;  // UAR, SAR, LIR, MAR
};

// Creates what is missing in freeDiameter's dictionary; returns 0 or an errno value.
int define_cx(CxObjects& objects);

// An AVP of the dictionary by code and vendor (0 or 10415); null when it is not there.
dict_object* find_avp(avp_code_t code, vendor_id_t vendor);

constexpr vendor_id_t vendor_3gpp = 10415;

}  // namespace bench
