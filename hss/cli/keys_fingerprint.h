// SPDX-License-Identifier: Apache-2.0
// Gives credentials the fingerprints of their keys, or compares them.
#pragma once

#include "hss/app/config.h"

namespace hss::app::cli {

struct FingerprintOptions {
  bool all = false;     // also those that have another one than their key
  bool verify = false;  // changes nothing
};

// Idempotent, and may be broken off and run again. Progress goes to standard error. Throws Failure when a key could not
// be used or, with verify, when a fingerprint is not its key's; hsm::Error, StoreError.
void take_fingerprints(const Config& config, const FingerprintOptions& options);

}  // namespace hss::app::cli
