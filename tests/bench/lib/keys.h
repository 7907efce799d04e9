// SPDX-License-Identifier: Apache-2.0
// The keys of bench subscribers: derived from the index, or read from a file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "milenage.h"

namespace bench {

struct SubscriberKeys {
  Block k;
  Block opc;
};

// K is the first half of SHA-256("quintet bench k" + index), OPc of SHA-256("quintet bench opc" + index); the
// index is written in decimal.
SubscriberKeys derived_keys(std::uint64_t index);

// Rows "index,k,opc" in hex; the index is the number at the end of the first column ("bench-17" is 17), and
// a heading is skipped. Throws std::runtime_error with file and line.
std::vector<SubscriberKeys> read_keys(const std::string& file);

}  // namespace bench
