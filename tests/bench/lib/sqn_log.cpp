// SPDX-License-Identifier: Apache-2.0
// A magic number and then fixed-size records in the machine's byte order; the log never leaves the machine.
#include "sqn_log.h"

#include <array>
#include <stdexcept>

namespace bench {
namespace {

constexpr std::array<char, 8> magic{'Q', 'S', 'Q', 'N', 'L', 'O', 'G', '1'};

}  // namespace

SqnLogWriter::SqnLogWriter(const std::string& file) : name_(file), file_(std::fopen(file.c_str(), "wb")) {
  if (!file_ || std::fwrite(magic.data(), magic.size(), 1, file_.get()) != 1) {
    throw std::runtime_error("cannot write " + name_);
  }
}

void SqnLogWriter::add(const SqnRecord& record) {
  if (std::fwrite(&record, sizeof record, 1, file_.get()) != 1) throw std::runtime_error("cannot write " + name_);
}

void SqnLogWriter::finish() {
  if (std::fflush(file_.get()) != 0) throw std::runtime_error("cannot write " + name_);
}

std::vector<SqnRecord> read_sqn_log(const std::string& file) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(file.c_str(), "rb"), &std::fclose);
  std::array<char, 8> start{};
  if (!in || std::fread(start.data(), start.size(), 1, in.get()) != 1 || start != magic) {
    throw std::runtime_error(file + " is not a log of sequence numbers");
  }
  std::vector<SqnRecord> records;
  std::vector<SqnRecord> part(10'000);
  for (;;) {
    const std::size_t got = std::fread(part.data(), sizeof(SqnRecord), part.size(), in.get());
    records.insert(records.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
    if (got < part.size()) break;
  }
  if (std::ferror(in.get()) != 0) throw std::runtime_error("cannot read " + file);
  return records;
}

}  // namespace bench
