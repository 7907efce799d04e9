// SPDX-License-Identifier: Apache-2.0
// What recovery tests share: two provisioned credentials behind the shim, and patience.
#pragma once

#include "token_fixture.h"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace hsm::test {

using namespace std::chrono_literals;

class RecoveryTest : public ShimTest {
 protected:
  RecoveryTest() : reference(provision("card-1", k, opc)), other(provision("card-2", other_k, opc)) {}

  // Tries until it works; fails the test after two seconds.
  template <typename Call>
  void expect_soon(Call call) {
    const auto end = std::chrono::steady_clock::now() + 2s;
    std::string last;
    while (std::chrono::steady_clock::now() < end) {
      try {
        call();
        return;
      } catch (const Error& error) {
        last = error.what();
        std::this_thread::sleep_for(5ms);
      }
    }
    ADD_FAILURE() << "not within two seconds: " << last;
  }
  void expect_right(Token& token, const KeyReference& of, const HeapSecret& value) {
    EXPECT_EQ(encrypt(token, token.load(of), plain), aes_ecb(value.view(), plain));
  }
  void serve(Token& token) {
    expect_right(token, reference, k);
    expect_right(token, other, other_k);
  }

  const std::vector<std::uint8_t> plain = std::vector<std::uint8_t>(64, 0x5a);
  KeyReference reference, other;
};

}  // namespace hsm::test
