// SPDX-License-Identifier: Apache-2.0
// The pages that are made from the tables of events (hsm/base/events.h) and metrics (hss/app/metrics.h), in Markdown.
#pragma once

#include <iosfwd>

namespace hss::app {

void describe_log(std::ostream& out);      // docs/log.md
void describe_metrics(std::ostream& out);  // docs/metrics.md

}  // namespace hss::app
