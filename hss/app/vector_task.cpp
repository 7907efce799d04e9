// SPDX-License-Identifier: Apache-2.0
// Vectors and AUTS with the key of an order.
#include "hss/app/vector_task.h"

#include "auc/milenage.h"
#include "hss/proved_rand.h"

namespace hss::app {

std::vector<auc::Vector> compute(hsm::Token& token, const VectorOrder& order) {
  std::vector<auc::Challenge> challenges(order.sqns.size());
  for (std::size_t i = 0; i < challenges.size(); ++i) {
    token.random(challenges[i].rand.octets);
    if (!order.rand_nonce.empty()) {
      prove(challenges[i].rand, order.rand_nonce);
    }
    challenges[i].sqn = order.sqns[i];
  }
  return auc::vectors(token, token.load(*order.key), challenges, order.amf);
}

std::optional<auc::Sqn> check(hsm::Token& token, const AutsOrder& order) {
  const hsm::Key key = token.load(*order.key);
  return auc::open_auts(token, key, order.rand, order.auts);
}

}  // namespace hss::app
