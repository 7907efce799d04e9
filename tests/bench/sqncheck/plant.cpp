// SPDX-License-Identifier: Apache-2.0
// One small forgery per kind of fault, and records to forge.
#include "plant.h"

#include <algorithm>
#include <random>
#include <utility>

namespace bench {
namespace {

// The last pair of records that fits; late in the file, where a careless check would have stopped looking.
template <typename Fits>
std::pair<SqnRecord*, SqnRecord*> find_pair(std::vector<SqnRecord>& records, Fits fits) {
  for (std::size_t later = records.size(); later-- > 1;) {
    for (std::size_t earlier = later; earlier-- > 0;) {
      if (fits(records[earlier], records[later])) return {&records[earlier], &records[later]};
    }
  }
  return {nullptr, nullptr};
}

bool other_answer(const SqnRecord& a, const SqnRecord& b) {
  return a.subscriber == b.subscriber && a.answer != b.answer;
}

std::pair<SqnRecord*, SqnRecord*> find_neighbours(std::vector<SqnRecord>& records) {
  for (std::size_t i = records.size(); i-- > 1;) {
    if (records[i].answer == records[i - 1].answer) return {&records[i - 1], &records[i]};
  }
  return {nullptr, nullptr};
}

bool plant_repeat(std::vector<SqnRecord>& records) {
  // Requests that overlapped in time, so that nothing but the repetition is wrong.
  const auto overlap = [](const SqnRecord& a, const SqnRecord& b) {
    return other_answer(a, b) && a.sent_ns < b.received_ns && b.sent_ns < a.received_ns;
  };
  auto [from, to] = find_pair(records, overlap);
  if (from == nullptr) std::tie(from, to) = find_pair(records, other_answer);
  if (from == nullptr) return false;
  to->seq = from->seq;
  to->ind = from->ind;
  return true;
}

bool plant_repeat_other_ind(std::vector<SqnRecord>& records) {
  const auto [from, to] = find_pair(records, other_answer);
  if (from == nullptr) return false;
  to->seq = from->seq;
  to->ind = from->ind ^ 1U;
  return true;
}

bool plant_order(std::vector<SqnRecord>& records) {
  const auto apart = [](const SqnRecord& a, const SqnRecord& b) {
    return other_answer(a, b) && a.received_ns < b.sent_ns;
  };
  const auto [before, after] = find_pair(records, apart);
  if (before == nullptr) return false;
  std::swap(before->seq, after->seq);
  return true;
}

bool plant_unordered(std::vector<SqnRecord>& records) {
  const auto [first, second] = find_neighbours(records);
  if (first == nullptr) return false;
  std::swap(first->seq, second->seq);
  return true;
}

bool plant_ind(std::vector<SqnRecord>& records) {
  const auto [first, second] = find_neighbours(records);
  if (first == nullptr) return false;
  second->ind ^= 1U;
  return true;
}

}  // namespace

const std::array<Fault, 5> faults{{
    {"repeat", "one SQN issued to two requests", plant_repeat, &Verdict::repeated_sqn},
    {"repeat-other-ind", "one SEQ issued twice with different IND", plant_repeat_other_ind, &Verdict::repeated_seq},
    {"order", "a later request given the lower SEQ", plant_order, &Verdict::order_breaches},
    {"unordered", "SEQ falling within one answer", plant_unordered, &Verdict::unordered_answers},
    {"ind", "two IND within one answer", plant_ind, &Verdict::mixed_ind_answers},
}};

std::vector<SqnRecord> good_records() {
  constexpr std::uint32_t subscribers = 100;
  constexpr std::uint32_t answers = 20'000;
  std::mt19937 generator(1);
  const auto random = [&generator] { return static_cast<std::uint32_t>(generator()); };
  std::vector<std::uint64_t> seq(subscribers, 1000);
  std::vector<SqnRecord> records;
  for (std::uint32_t answer = 0; answer < answers; ++answer) {
    const std::uint32_t subscriber = random() % subscribers;
    const std::uint64_t issued_ns = (answer + 1) * 1'000'000ULL;
    const std::uint64_t sent_ns = issued_ns - random() % 900'000;
    const std::uint64_t received_ns = issued_ns + random() % 200'000'000;
    const std::uint16_t ind = static_cast<std::uint16_t>(16 + answer % 8);
    const std::uint32_t vectors = 1 + random() % 3;
    for (std::uint32_t i = 0; i < vectors; ++i) {
      records.push_back({sent_ns, received_ns, ++seq[subscriber], subscriber, answer, ind, 0, 0});
    }
  }
  return records;
}

}  // namespace bench
