// SPDX-License-Identifier: Apache-2.0
// Sorts the records by subscriber and sweeps over them; linear after the sort, so millions of records are fine.
#include "check.h"

#include <algorithm>
#include <optional>
#include <ranges>
#include <tuple>

namespace bench {
namespace {

constexpr std::size_t most_examples = 10;

struct AnswerSpan {
  std::uint32_t subscriber;
  std::uint64_t sent_ns;
  std::uint64_t received_ns;
  std::uint64_t least_seq;
  std::uint64_t most_seq;
};

void note(Verdict& verdict, const char* what, std::uint32_t subscriber, std::uint64_t seq, std::uint64_t other) {
  if (verdict.examples.size() == most_examples) return;
  verdict.examples.push_back("subscriber " + std::to_string(subscriber) + ": SEQ " + std::to_string(seq) + " " + what +
                             " " + std::to_string(other));
}

// One answer's records in the order of its items.
AnswerSpan judge_answer(std::span<const SqnRecord> items, Verdict& verdict) {
  AnswerSpan answer{items[0].subscriber, items[0].sent_ns, items[0].received_ns, items[0].seq, items[0].seq};
  bool rises = true;
  bool one_ind = true;
  for (std::size_t i = 1; i < items.size(); ++i) {
    rises = rises && items[i].seq > items[i - 1].seq;
    one_ind = one_ind && items[i].ind == items[i - 1].ind;
    answer.least_seq = std::min(answer.least_seq, items[i].seq);
    answer.most_seq = std::max(answer.most_seq, items[i].seq);
  }
  if (!rises) note(verdict, "is in an unordered answer with", answer.subscriber, answer.least_seq, answer.most_seq);
  if (!one_ind)
    note(verdict, "shares its answer over two IND with", answer.subscriber, answer.least_seq, answer.most_seq);
  verdict.unordered_answers += rises ? 0 : 1;
  verdict.mixed_ind_answers += one_ind ? 0 : 1;
  return answer;
}

std::vector<AnswerSpan> judge_answers(std::span<const SqnRecord> records, Verdict& verdict) {
  std::vector<AnswerSpan> answers;
  for (std::size_t start = 0; start < records.size();) {
    std::size_t end = start + 1;
    while (end < records.size() && records[end].answer == records[start].answer) ++end;
    answers.push_back(judge_answer(records.subspan(start, end - start), verdict));
    start = end;
  }
  return answers;
}

void judge_repeats(std::span<const SqnRecord> records, Verdict& verdict) {
  struct Number {
    std::uint32_t subscriber;
    std::uint16_t ind;
    std::uint64_t seq;
  };
  std::vector<Number> numbers;
  numbers.reserve(records.size());
  for (const SqnRecord& record : records) numbers.push_back({record.subscriber, record.ind, record.seq});
  std::ranges::sort(numbers, {}, [](const Number& n) { return std::tuple(n.subscriber, n.seq, n.ind); });
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const bool same_subscriber = i > 0 && numbers[i].subscriber == numbers[i - 1].subscriber;
    verdict.subscribers += same_subscriber ? 0 : 1;
    if (!same_subscriber || numbers[i].seq != numbers[i - 1].seq) continue;
    ++verdict.repeated_seq;
    verdict.repeated_sqn += numbers[i].ind == numbers[i - 1].ind ? 1 : 0;
    note(verdict, "was issued twice, the second time with IND", numbers[i].subscriber, numbers[i].seq, numbers[i].ind);
  }
}

// All answers of one subscriber. A request counts against every answer that was received before it was sent.
void judge_order(std::span<const AnswerSpan> answers, Verdict& verdict) {
  std::vector<AnswerSpan> by_sent(answers.begin(), answers.end());
  std::vector<AnswerSpan> by_received = by_sent;
  std::ranges::sort(by_sent, {}, &AnswerSpan::sent_ns);
  std::ranges::sort(by_received, {}, &AnswerSpan::received_ns);
  std::optional<std::uint64_t> highest;
  std::size_t received = 0;
  for (const AnswerSpan& answer : by_sent) {
    for (; received < by_received.size() && by_received[received].received_ns < answer.sent_ns; ++received) {
      highest = std::max(highest.value_or(0), by_received[received].most_seq);
    }
    if (!highest || answer.least_seq > *highest) continue;
    ++verdict.order_breaches;
    note(verdict, "answers a request that was sent after the receipt of", answer.subscriber, answer.least_seq,
         *highest);
  }
}

}  // namespace

Verdict judge(std::span<const SqnRecord> records) {
  Verdict verdict;
  verdict.vectors = records.size();
  std::vector<AnswerSpan> answers = judge_answers(records, verdict);
  verdict.answers = answers.size();
  judge_repeats(records, verdict);
  std::ranges::stable_sort(answers, {}, &AnswerSpan::subscriber);
  for (std::size_t start = 0; start < answers.size();) {
    std::size_t end = start + 1;
    while (end < answers.size() && answers[end].subscriber == answers[start].subscriber) ++end;
    judge_order(std::span(answers).subspan(start, end - start), verdict);
    start = end;
  }
  return verdict;
}

}  // namespace bench
