// SPDX-License-Identifier: Apache-2.0
// Expands identity templates and draws subscriber indices.
#include "subscribers.h"

#include <algorithm>
#include <charconv>

#include "../lib/options.h"

namespace bench {

NumberTemplate::NumberTemplate(const std::string& text) {
  const std::size_t start = text.find('%');
  const std::size_t end = start == std::string::npos ? start : text.find("llu", start);
  if (end == std::string::npos) throw UsageError("'" + text + "' has no %llu or %015llu");
  const std::string width = text.substr(start + 1, end - start - 1);
  digits_ = width.empty() ? 1 : parse_number(width, 1, 20);
  before_ = text.substr(0, start);
  after_ = text.substr(end + 3);
}

void NumberTemplate::expand(std::uint64_t number, std::string& out) const {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  const auto size = static_cast<std::size_t>(end - digits);
  out = before_;
  out.append(digits_ - std::min(size, digits_), '0');
  out.append(digits, size);
  out += after_;
}

Subscribers::Subscribers(const Settings& settings)
    : impi_(settings.impi),
      impu_(settings.impu),
      first_number_(settings.first_number),
      first_(settings.first_subscriber),
      count_(settings.subscribers),
      stride_(settings.apart ? settings.connections : 1),
      order_(settings.order),
      random_(settings.seed) {}

std::uint32_t Subscribers::next(std::size_t connection) {
  const std::uint64_t drawn = order_ == Order::sequential ? issued_++ : random_();
  const bool to_hot_part = order_ == Order::hot && (drawn >> 32) % 10 != 0;
  const std::uint64_t among = to_hot_part ? std::max<std::uint64_t>(1, count_ / 100) : count_;
  return static_cast<std::uint32_t>(first_ + drawn % (among / stride_) * stride_ + connection % stride_);
}

void Subscribers::identities(std::uint32_t subscriber, std::string& impi, std::string& impu) const {
  impi_.expand(first_number_ + subscriber, impi);
  impu_.expand(first_number_ + subscriber, impu);
}

}  // namespace bench
