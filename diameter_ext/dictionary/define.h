// SPDX-License-Identifier: Apache-2.0
// Our tables written into freeDiameter's dictionary, which parses messages with it.
#pragma once

#include "diameter_ext/dictionary/avps.h"
#include "diameter_ext/fd.h"

#include <array>
#include <cstdint>
#include <map>
#include <span>

namespace diameter_ext {

struct Application;

// What freeDiameter knows our AVPs and commands by. It keeps one list of commands for all applications: where two have
// a code in common they share its object, so the dictionary holds no rules of theirs; those are checked by us
// (dictionary/check.h).
struct Dictionary {
  std::array<dict_object*, avp_count> avps{};          // by Avp
  std::map<std::uint32_t, dict_object*> applications;  // by Application-Id

  [[nodiscard]] dict_object* operator[](Avp which) const noexcept { return avps[index_of(which)]; }
};

// Defines what is missing and takes what other dictionaries have defined; the same with or without dict_dcca_3gpp.
// Throws FdError when an object exists with another base type.
Dictionary define_dictionary(std::span<const Application* const> applications);

// Of an application's vendor. Throws FdError.
dict_object* find_vendor(std::uint32_t id);

}  // namespace diameter_ext
