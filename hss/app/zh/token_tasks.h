// SPDX-License-Identifier: Apache-2.0
// What Multimedia-Auth of Zh orders of the token. Each task answers its request, or gives it back to the lane.
#pragma once

#include "hss/app/lane/lane.h"
#include "hss/app/token_task.h"
#include "hss/app/vector_task.h"
#include "hss/app/zh/commands.h"

#include <memory>
#include <optional>

namespace hss::app {

// The vector of the number that the request has got; the answer tells `settings` beside it.
std::unique_ptr<TokenTask> vector_task(Pending<ZhMultimediaAuth> pending, VectorOrder order,
                                       std::optional<zh::ToldSettings> settings);

}  // namespace hss::app
