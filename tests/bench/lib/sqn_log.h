// SPDX-License-Identifier: Apache-2.0
// The file in which the load generator records every sequence number it was given, for sqncheck to judge.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace bench {

// One vector. All records of one answer are neighbours and share `answer`. The send time is taken before the
// request is written, the receive time after the answer was read: "received before sent" is then certain.
struct SqnRecord {
  std::uint64_t sent_ns;
  std::uint64_t received_ns;
  std::uint64_t seq;
  std::uint32_t subscriber;
  std::uint32_t answer;  // counts the answers of one file
  std::uint16_t ind;
  std::uint16_t target;  // which server it came from
  std::uint32_t unused;
};
static_assert(sizeof(SqnRecord) == 40);

class SqnLogWriter {
 public:
  explicit SqnLogWriter(const std::string& file);  // throws std::runtime_error
  void add(const SqnRecord& record);
  void finish();  // throws std::runtime_error when something could not be written

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string name_;
  std::unique_ptr<std::FILE, Close> file_;
};

std::vector<SqnRecord> read_sqn_log(const std::string& file);  // throws std::runtime_error

}  // namespace bench
