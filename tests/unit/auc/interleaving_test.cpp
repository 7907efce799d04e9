// SPDX-License-Identifier: Apache-2.0
// CS, PS and IMS share one card in random order, with vectors fetched ahead: no authentication may fail first time.
// TS 33.203 Annex G is about exactly this; the last tests show that the measure would notice.
#include "auc/milenage.h"
#include "auc/sqn.h"
#include "support/soft_token.h"
#include "support/usim.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <random>
#include <string>

namespace {

using auc::Domain;
using auc::Profile;

constexpr std::size_t steps = 10'000;

struct Node {
  Domain domain;
  double share;       // of all authentications
  std::size_t batch;  // vectors fetched ahead
  std::deque<auc::Sqn> left;
};

// A clock that mostly goes on, sometimes stands still or is put back a little, read by two hosts that differ.
class Clock {
 public:
  std::uint64_t read(std::mt19937& random) {
    const auto kind = random() % 10;
    if (kind == 0) tenths_ -= random() % 20;
    if (kind > 3) tenths_ += random() % 20'000;
    return tenths_ + random() % 2 * 7;
  }

 private:
  std::uint64_t tenths_ = 17'000'000'000;
};

struct Simulation {
  auc::SqnPolicy policy = auc::default_policy();
  auc::SqnState state;
  std::uint64_t lead = 0;
  Clock clock;
  std::mt19937 random;
  std::array<Node, 3> nodes{Node{Domain::cs, 2, 5, {}}, Node{Domain::ps, 6, 5, {}}, Node{Domain::ims, 2, 1, {}}};

  auc::Sqn take(Node& node) {
    if (node.left.empty()) {
      const auto sqns = auc::issue(state, policy, node.domain, node.batch, {lead, clock.read(random)});
      node.left.assign(sqns.value().begin(), sqns.value().end());
    }
    const auc::Sqn sqn = node.left.front();
    node.left.pop_front();
    return sqn;
  }

  Node& any_node() {
    std::discrete_distribution<std::size_t> pick{nodes[0].share, nodes[1].share, nodes[2].share};
    return nodes.at(pick(random));
  }

  std::size_t failures(support::SqnArray card = support::SqnArray{}) {
    std::size_t failed = 0;
    for (std::size_t i = 0; i < steps; ++i) {
      if (!card.accept(take(any_node()))) ++failed;
    }
    return failed;
  }
};

struct Interleaving : testing::TestWithParam<Profile> {
  static Simulation simulation(unsigned seed) {
    Simulation made;
    made.policy.profile = GetParam();
    made.random.seed(seed);
    return made;
  }
};
INSTANTIATE_TEST_SUITE_P(Auc, Interleaving, testing::Values(Profile::counter, Profile::partly_time, Profile::time),
                         [](const auto& of) { return std::string(auc::name(of.param)); });

TEST_P(Interleaving, of_cs_ps_and_ims_never_fails) {
  for (unsigned seed = 0; seed < 10; ++seed) EXPECT_EQ(simulation(seed).failures(), 0U) << "seed " << seed;
}

TEST_P(Interleaving, with_three_ranges_and_few_indexes_for_ims_never_fails) {
  Simulation made = simulation(1);
  made.policy.ranges = {auc::IndRange{0, 13}, auc::IndRange{14, 27}, auc::IndRange{28, 31}};
  ASSERT_EQ(auc::fault_in(made.policy), std::nullopt);
  EXPECT_EQ(made.failures(), 0U);
}

TEST_P(Interleaving, survives_jumps_of_the_global_lead) {
  Simulation made = simulation(2);
  support::SqnArray card;
  for (std::size_t i = 0; i < steps; ++i) {
    if (i % 1000 == 999) made.lead += 1 << 20;
    ASSERT_TRUE(card.accept(made.take(made.any_node()))) << "step " << i;
  }
}

TEST_P(Interleaving, recovers_from_a_lost_state_within_one_resynchronisation_each_time) {
  Simulation made = simulation(3);
  support::SqnArray card;
  std::size_t resyncs = 0;
  for (std::size_t i = 0; i < steps; ++i) {
    Node& node = made.any_node();
    if (i % 1000 == 999) made.state = {};
    if (card.accept(made.take(node))) continue;
    ++resyncs;
    node.left.clear();
    const std::uint64_t before = made.state.seq;
    const auc::SqnInputs inputs{made.lead, made.clock.read(made.random)};
    EXPECT_NE(auc::resynchronise(made.state, made.policy, card.sqn_ms(), inputs), auc::Resync::refused);
    EXPECT_GE(made.state.seq, before);
    ASSERT_TRUE(card.accept(made.take(node))) << "step " << i;
  }
  EXPECT_GE(resyncs, GetParam() == Profile::counter ? 9U : 0U);
}

TEST(InterleavingWithCrypto, whole_challenges_are_answered) {
  const support::Block k{1, 2, 3}, opc{4, 5, 6};
  support::SoftToken token;
  const hsm::Key key = token.load(support::SoftToken::reference(k, opc));
  support::Usim card(k, opc);
  Simulation made;
  for (std::size_t i = 0; i < steps; ++i) {
    auc::Challenge challenge{{}, made.take(made.any_node())};
    token.random(challenge.rand.octets);
    const std::vector<auc::Vector> vectors = auc::vectors(token, key, {&challenge, 1}, {});
    const support::CardAnswer answer = card.authenticate(vectors[0].rand, vectors[0].autn);
    ASSERT_EQ(answer.kind, support::CardAnswer::Kind::accepted) << "step " << i;
    ASSERT_TRUE(std::ranges::equal(answer.res, vectors[0].xres.octets.view()));
  }
}

// An unused vector of a domain survives until (size of the range - 1) later batches of the same domain were used.
TEST(IndexRange, decides_how_many_later_batches_an_unused_vector_survives) {
  for (const unsigned size : {1U, 2U, 4U, 8U, 32U}) {
    auc::SqnPolicy policy;
    policy.ranges[2] = auc::IndRange{0, static_cast<std::uint8_t>(size - 1)};
    const auto survives = [&policy](unsigned later) {
      auc::SqnState state;
      support::SqnArray card;
      const auc::Sqn unused = auc::issue(state, policy, Domain::ims, 1, {})->at(0);
      for (unsigned i = 0; i < later; ++i) (void)card.accept(auc::issue(state, policy, Domain::ims, 1, {})->at(0));
      return card.accept(unused);
    };
    EXPECT_TRUE(survives(size - 1)) << size;
    EXPECT_FALSE(survives(size)) << size;
  }
}

TEST(IndexRange, pending_ims_challenge_survives_a_burst_of_another_domain) {
  Simulation made;
  support::SqnArray card;
  const auc::Sqn pending = made.take(made.nodes[2]);
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(card.accept(made.take(made.nodes[1])));
  EXPECT_TRUE(card.accept(pending));
}

// The measure itself: one index for all domains must show failures, and so must a card without an array.
TEST(InterleavingMeasure, notices_domains_that_share_one_index) {
  Simulation made;
  made.policy.ranges = {auc::IndRange{0, 0}, auc::IndRange{0, 0}, auc::IndRange{0, 0}};
  ASSERT_NE(auc::fault_in(made.policy), std::nullopt);
  EXPECT_GT(made.failures(), steps / 10);
}

TEST(InterleavingMeasure, notices_a_card_without_an_array) {
  Simulation made;
  made.policy.ind_bits = 0;
  made.policy.ranges = {auc::IndRange{0, 0}, auc::IndRange{0, 0}, auc::IndRange{0, 0}};
  EXPECT_GT(made.failures(support::SqnArray({.ind_bits = 0, .age_limit = {}})), steps / 10);
}

TEST(InterleavingMeasure, notices_an_age_limit_that_prefetched_vectors_exceed) {
  Simulation made;
  made.nodes[1].share = 500;
  made.nodes[0].share = 1;
  EXPECT_GT(made.failures(support::SqnArray({.age_limit = 100})), 0U);
}

}  // namespace
