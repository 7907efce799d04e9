// SPDX-License-Identifier: Apache-2.0
// The functions that the hardened library exports are found and used; this program exports some of its own.
#include "diameter_ext/hardened.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <numeric>
#include <utility>
#include <vector>

namespace {

std::atomic<bool> lives{true};
std::vector<std::size_t> bursts;

}  // namespace

// As libfdcore declares them.
#pragma GCC visibility push(default)
extern "C" {
std::uint64_t fd_quintet_connection(msg* request) { return request == nullptr ? 0 : 29; }
int fd_quintet_is_wanted(msg* /*request*/) { return lives ? 1 : 0; }
void fd_quintet_send_answers(msg** answers, std::size_t count) {
  bursts.push_back(count);
  for (std::size_t i = 0; i < count; ++i) {
    fd_msg_free(std::exchange(answers[i], nullptr));
  }
}
}
#pragma GCC visibility pop

namespace {

using diameter_ext::Message;

class Hardened : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_EQ(fd_core_initialize(), 0); }
  void SetUp() override { bursts.clear(); }
  static Message message() {
    msg* made = nullptr;
    EXPECT_EQ(fd_msg_new(nullptr, 0, &made), 0);
    return Message(made);
  }
};

TEST_F(Hardened, tells_which_connection_it_was_and_whether_it_lives) {
  const Message request = message();
  EXPECT_EQ(diameter_ext::connection_of(request.get()), 29U);
  EXPECT_TRUE(diameter_ext::is_wanted(request.get()));
  lives = false;
  EXPECT_FALSE(diameter_ext::is_wanted(request.get()));
  lives = true;
}

TEST_F(Hardened, takes_answers_together_and_none_that_could_not_be_built) {
  std::array answers{message(), Message(), message()};
  diameter_ext::send_now(answers);
  EXPECT_EQ(bursts, std::vector<std::size_t>{2});
  diameter_ext::send_now(message());
  EXPECT_EQ(bursts, (std::vector<std::size_t>{2, 1}));
  diameter_ext::send_now(Message());
  EXPECT_EQ(bursts, (std::vector<std::size_t>{2, 1}));
}

TEST_F(Hardened, takes_any_number_of_answers) {
  std::vector<Message> answers(100);
  std::ranges::generate(answers, message);
  diameter_ext::send_now(answers);
  EXPECT_EQ(std::accumulate(bursts.begin(), bursts.end(), std::size_t{0}), 100U);
}

}  // namespace
