// SPDX-License-Identifier: Apache-2.0
// Which subscriber the next request is for, and what the identities of a subscriber are.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "settings.h"

namespace bench {

// Text with one decimal number in it, given as printf would: "sip:%015llu@example.org".
class NumberTemplate {
 public:
  explicit NumberTemplate(const std::string& text);  // throws UsageError
  void expand(std::uint64_t number, std::string& out) const;

 private:
  std::string before_;
  std::string after_;
  std::size_t digits_;
};

class Subscribers {
 public:
  explicit Subscribers(const Settings& settings);
  std::uint32_t next(std::size_t connection);  // of those that are for this connection
  void identities(std::uint32_t subscriber, std::string& impi, std::string& impu) const;

 private:
  NumberTemplate impi_;
  NumberTemplate impu_;
  std::uint64_t first_number_;
  std::uint64_t first_;
  std::uint64_t count_;
  std::uint64_t stride_;  // every so many is for the same connection; 1: all are for each
  Order order_;
  std::uint64_t issued_ = 0;
  std::mt19937_64 random_;
};

}  // namespace bench
