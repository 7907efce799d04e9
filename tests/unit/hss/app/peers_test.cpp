// SPDX-License-Identifier: Apache-2.0
// What each peer needs: the first row that matches, how an outage is told, and that nothing is said at all.
#include "hss/app/peers.h"

#include "hss/app/cx/adapt.h"
#include "hss/app/cx/commands.h"
#include "hss/app/lane/batching.h"
#include "hss/app/lane/pending.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace hss::app {
namespace {

constexpr auto uar = UserAuthorization::command;
constexpr auto sar = ServerAssignment::command;
constexpr auto lir = LocationInfo::command;
constexpr auto mar = MultimediaAuth::command;

PeerConfig row(std::string pattern) {
  PeerConfig out;
  out.peer = std::move(pattern);
  return out;
}

TEST(Peers, the_first_row_that_matches_counts) {
  auto exact = row("icscf.home.net");
  exact.server_name_first = true;
  auto realm = row("*.home.net");
  realm.user_data_always = true;
  const Peers peers({exact, realm, exact});
  EXPECT_TRUE(peers.of("ICSCF.home.net").server_name_first);
  EXPECT_FALSE(peers.of("icscf.home.net").user_data_always);
  EXPECT_TRUE(peers.of("scscf.home.net").user_data_always);
  EXPECT_FALSE(peers.of("icscf.home.net.evil.org").server_name_first);
  EXPECT_FALSE(peers.of("scscf.other.net").user_data_always);
}

struct Told {
  std::optional<Busy> busy;
  Command command;
  std::optional<std::uint32_t> passing;
  std::optional<std::uint32_t> lasting;
};

std::optional<std::uint32_t> code(const OutageAnswers& outages, Outcome outcome) {
  const auto told = outages.told(outcome);
  return told ? std::optional(code_of(*told).code) : std::nullopt;
}

TEST(Peers, an_outage_is_told_by_peer_and_command) {
  const std::array<Told, 8> rows{{{std::nullopt, uar, 5012, 5012},
                                  {std::nullopt, lir, 5012, 5012},
                                  {std::nullopt, sar, 3004, 5012},
                                  {std::nullopt, mar, 3004, 5012},
                                  {Busy::too_busy, uar, 3004, 3004},
                                  {Busy::too_busy, mar, 3004, 3004},
                                  {Busy::unable_to_comply, mar, 5012, 5012},
                                  {Busy::none, sar, std::nullopt, std::nullopt}}};
  for (const Told& one : rows) {
    PeerConfig peer = row("*");
    peer.busy[static_cast<std::size_t>(one.command)] = one.busy;
    const auto outages = outage_answers(peer, one.command);
    EXPECT_EQ(code(outages, Outcome::too_busy), one.passing);
    EXPECT_EQ(code(outages, Outcome::out_of_service), one.lasting);
  }
}

TEST(Peers, what_is_no_outage_stays_what_it_is) {
  for (const auto busy : {Busy::too_busy, Busy::unable_to_comply, Busy::none}) {
    PeerConfig peer = row("*");
    peer.busy.fill(busy);
    for (const OutcomeCode& one : outcome_codes) {
      if (one.outcome != Outcome::too_busy && one.outcome != Outcome::out_of_service) {
        EXPECT_EQ(outage_answers(peer, mar).told(one.outcome), one.outcome) << one.name;
      }
    }
  }
}

TEST(Peers, a_request_is_taken_as_its_peer_means_it) {
  PeerConfig peer = row("*");
  UserAuthorizationRequest first;
  first.type = AuthorizationType::registration_and_capabilities;
  adapt(first, peer);
  EXPECT_EQ(first.type, AuthorizationType::registration_and_capabilities);
  EXPECT_FALSE(first.server_name_first);
  peer.type_2_is_registration = peer.server_name_first = true;
  adapt(first, peer);
  EXPECT_EQ(first.type, AuthorizationType::registration);
  EXPECT_TRUE(first.server_name_first);
  first.type = AuthorizationType::deregistration;
  adapt(first, peer);
  EXPECT_EQ(first.type, AuthorizationType::deregistration);

  ServerAssignmentRequest second;
  second.data_available = true;
  adapt(second, peer);
  EXPECT_TRUE(second.data_available);
  peer.user_data_always = true;
  peer.user_data_extensions = Extensions::rel7;
  adapt(second, peer);
  EXPECT_FALSE(second.data_available);
  EXPECT_EQ(second.extensions, Extensions::rel7);
}

// What became of a reply: answers sent, and whether it is gone.
struct Seen {
  std::vector<Outcome> sent;
  int gone = 0;
  bool is_wanted = true;
};
class SeenReply final : public Reply<LocationInfoAnswer> {
 public:
  explicit SeenReply(Seen& seen) : seen_(seen) {}
  SeenReply(const SeenReply&) = delete;
  SeenReply& operator=(const SeenReply&) = delete;
  ~SeenReply() override { ++seen_.gone; }
  void send(LocationInfoAnswer answer) noexcept override { seen_.sent.push_back(answer.outcome); }
  [[nodiscard]] bool is_wanted() const noexcept override { return seen_.is_wanted; }

 private:
  Seen& seen_;
};

Pending<LocationInfo> pending(Seen& seen, std::shared_ptr<Tally> tally, OutageAnswers outages) {
  return std::make_shared<PendingRequest<LocationInfo>>(LocationInfoRequest{}, std::make_unique<SeenReply>(seen),
                                                        std::move(tally), outages);
}

constexpr OutageAnswers no_answer{std::nullopt, std::nullopt};

TEST(PendingRequest, is_dropped_once_and_counted_when_its_peer_wants_no_answer) {
  for (const auto outcome : {Outcome::too_busy, Outcome::out_of_service}) {
    Seen seen;
    const auto tally = std::make_shared<Tally>(lir);
    auto one = pending(seen, tally, no_answer);
    one->answer(outcome);
    EXPECT_TRUE(one->is_answered());
    EXPECT_EQ(seen.gone, 1) << "the message lives as long as its request";
    one->answer(Outcome::user_unknown);  // whoever comes too late
    one.reset();
    EXPECT_EQ(seen.sent, std::vector<Outcome>{});
    EXPECT_EQ(seen.gone, 1);
    EXPECT_EQ(tally->dropped(), 1U);
    EXPECT_EQ(tally->counts(), AnswerCounts{});
  }
}

TEST(PendingRequest, is_abandoned_and_counted_when_its_connection_has_gone) {
  Seen seen;
  const auto tally = std::make_shared<Tally>(lir);
  const auto one = pending(seen, tally, {});
  EXPECT_TRUE(one->is_wanted());
  seen.is_wanted = false;
  EXPECT_FALSE(one->is_wanted());
  one->answer(Outcome::user_unknown);
  EXPECT_TRUE(one->is_answered());
  EXPECT_EQ(seen.gone, 1);
  EXPECT_EQ(seen.sent, std::vector<Outcome>{});
  EXPECT_EQ(tally->abandoned(), 1U);
  EXPECT_EQ(tally->dropped(), 0U);
  EXPECT_EQ(tally->counts(), AnswerCounts{});
}

// Under ThreadSanitizer this shows that the reply is not asked while it goes.
TEST(PendingRequest, may_be_asked_whether_it_is_wanted_while_another_thread_answers) {
  for (int i = 0; i < 200; ++i) {
    Seen seen;
    const auto one = pending(seen, nullptr, {});
    std::thread other([&] { one->answer(Outcome::too_busy); });
    while (one->is_wanted()) {
    }
    other.join();
    EXPECT_EQ(seen.sent, std::vector<Outcome>{Outcome::too_busy});
  }
}

TEST(PendingRequest, what_nobody_waits_for_is_not_begun) {
  Seen gone;
  Seen waiting;
  const Batching batching(std::chrono::hours(1), nullptr, [] { return false; });
  gone.is_wanted = false;
  const auto tally = std::make_shared<Tally>(lir);
  const auto left = batching.drop_stale<Pending<LocationInfo>>({pending(gone, tally, {}), pending(waiting, tally, {})});
  ASSERT_EQ(left.size(), 1U);
  EXPECT_TRUE(left.front()->is_wanted());
  EXPECT_EQ(gone.gone, 1);
  EXPECT_EQ(tally->abandoned(), 1U);
}

TEST(PendingRequest, is_answered_by_a_peer_s_word_for_an_outage_and_counted_as_one) {
  Seen seen;
  const auto tally = std::make_shared<Tally>(lir);
  pending(seen, tally, {Outcome::out_of_service, Outcome::out_of_service})->answer(Outcome::too_busy);
  EXPECT_EQ(seen.sent, std::vector{Outcome::out_of_service});
  EXPECT_EQ(tally->counts()[static_cast<std::size_t>(Outcome::too_busy)], 1U);
  EXPECT_EQ(tally->dropped(), 0U);
}

TEST(PendingRequest, that_nobody_answers_tells_of_an_outage) {
  Seen seen;
  const auto tally = std::make_shared<Tally>(lir);
  pending(seen, tally, {});
  EXPECT_EQ(seen.sent, std::vector{Outcome::out_of_service});
  pending(seen, tally, no_answer);
  EXPECT_EQ(seen.sent.size(), 1U);
  EXPECT_EQ(tally->dropped(), 1U);
}

TEST(PendingRequest, of_such_a_peer_gets_every_other_answer) {
  Seen seen;
  pending(seen, nullptr, no_answer)->answer(Outcome::user_unknown);
  EXPECT_EQ(seen.sent, std::vector{Outcome::user_unknown});
}

}  // namespace
}  // namespace hss::app
