// SPDX-License-Identifier: Apache-2.0
// All Milenage sets of TS 35.207 and TS 35.208 with K in a real token: seven outputs, vector, AUTS and OPc each.
#include "support/milenage_conformance.h"

#include "hsm/pkcs11_token.h"
#include "token_fixture.h"

#include <map>

namespace hsm::test {
namespace {

TEST_F(TokenTest, milenage_of_a_key_in_the_token_is_that_of_the_standard) {
  make_tokens();
  std::map<std::string, KeyReference> known;  // by K and OPc
  for (const support::MilenageSet& set : support::milenage_sets()) {
    const std::string name = support::hex_of(set.k) + support::hex_of(set.opc);
    known.try_emplace(name, provision(set.id, HeapSecret(Bytes(set.k)), HeapSecret(Bytes(set.opc))));
  }
  Pkcs11Token token(server_config());
  support::milenage_conformance(token.session(0), [&](Bytes key, Bytes companion) {
    return token.session(0).load(known.at(support::hex_of(key) + support::hex_of(companion)));
  });
}

}  // namespace
}  // namespace hsm::test
