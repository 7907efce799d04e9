// SPDX-License-Identifier: Apache-2.0
// Rows of TS 29.229: AVPs of section 6.3 and the grammar of the commands of section 6.1 (and RFC 6733 for the base).
#pragma once

#include <cstdint>
#include <span>

namespace diameter_ext {

enum class Type : std::uint8_t { octets, grouped, u32, u64, i32 };

struct AvpRow {
  std::uint32_t code;
  std::uint32_t vendor;
  const char* name;
  Type type;
  bool mandatory;  // what a sender sets; either is accepted
};

enum class Presence : std::uint8_t { first, required, optional };

// `most` 0: any number.
struct RuleRow {
  std::uint32_t code;
  std::uint32_t vendor;
  Presence presence;
  int most;
};

struct CommandRow {
  std::uint32_t code;
  const char* request;
  const char* answer;
  std::span<const RuleRow> request_rules;
  std::span<const RuleRow> answer_rules;
};

struct GroupRow {
  std::uint32_t code;
  std::uint32_t vendor;
  std::span<const RuleRow> rules;
};

std::span<const AvpRow> avp_rows();
std::span<const CommandRow> command_rows();
std::span<const GroupRow> group_rows();

// Rules that every Cx request and every Cx answer share.
std::span<const RuleRow> common_request_rules();
std::span<const RuleRow> common_answer_rules();

}  // namespace diameter_ext
