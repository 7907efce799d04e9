// SPDX-License-Identifier: Apache-2.0
// What Multimedia-Auth orders of the token. Each task answers its request, or gives it back to the lane.
#pragma once

#include "hss/app/cx/commands.h"
#include "hss/app/lane/lane.h"
#include "hss/app/token_task.h"
#include "hss/app/vector_task.h"

#include <memory>

namespace hss::app {

// Vectors of the numbers that the request has got.
std::unique_ptr<TokenTask> vector_task(Pending<MultimediaAuth> pending, VectorOrder order);

// An H(A1) to open.
std::unique_ptr<TokenTask> digest_task(Pending<MultimediaAuth> pending, std::shared_ptr<const SchemeData> data);

}  // namespace hss::app
