// SPDX-License-Identifier: Apache-2.0
// Finds any of many octet strings in any of many files, in one pass over each: find_octets PATTERNS < names of files.
// PATTERNS has one hexadecimal string per line, of 8 octets or more; a hit is printed as "line offset file".
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

constexpr std::size_t prefix_octets = 8;
constexpr unsigned filter_bits = 22;  // 512 KiB: stays in the processor's cache

std::uint64_t prefix_at(const char* at) {
  std::uint64_t prefix = 0;
  std::memcpy(&prefix, at, prefix_octets);
  return prefix;
}

std::string from_hex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    unsigned octet = 0;
    std::from_chars(text.data() + i, text.data() + i + 2, octet, 16);
    out.push_back(static_cast<char>(octet));
  }
  return out;
}

// All patterns by their first octets; a bit map in front of the table answers for nearly every place in a file.
class Patterns {
 public:
  explicit Patterns(const char* file) : filter_(std::size_t{1} << (filter_bits - 6)) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) add(from_hex(line));
  }
  [[nodiscard]] bool is_valid() const { return !all_.empty() && all_good_; }

  template <typename Found>
  void search(std::string_view text, Found found) const {
    for (std::size_t i = 0; i + prefix_octets <= text.size(); ++i) {
      const std::uint64_t prefix = prefix_at(text.data() + i);
      const std::uint64_t bit = place_of(prefix);
      if ((filter_[bit >> 6U] >> (bit & 63U) & 1U) == 0) continue;
      const auto [first, last] = by_prefix_.equal_range(prefix);
      for (auto at = first; at != last; ++at) {
        if (text.substr(i).starts_with(all_[at->second])) found(at->second, i);
      }
    }
  }

 private:
  static std::uint64_t place_of(std::uint64_t prefix) { return prefix * 0x9e3779b97f4a7c15U >> (64U - filter_bits); }

  void add(std::string pattern) {
    if (pattern.size() < prefix_octets) {
      all_good_ = false;
      return;
    }
    const std::uint64_t prefix = prefix_at(pattern.data());
    const std::uint64_t bit = place_of(prefix);
    filter_[bit >> 6U] |= std::uint64_t{1} << (bit & 63U);
    by_prefix_.emplace(prefix, all_.size());
    all_.push_back(std::move(pattern));
  }

  std::vector<std::string> all_;
  std::vector<std::uint64_t> filter_;
  std::unordered_multimap<std::uint64_t, std::size_t> by_prefix_;
  bool all_good_ = true;
};

bool search_file(const Patterns& patterns, const std::string& name) {
  const int file = open(name.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (file < 0) return errno == ENOENT;  // databases make and remove files all the time
  if (fstat(file, &status) != 0) return false;
  const auto size = static_cast<std::size_t>(status.st_size);
  void* start = size == 0 ? nullptr : mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  close(file);
  if (size == 0) return true;
  if (start == MAP_FAILED) return false;
  patterns.search({static_cast<const char*>(start), size}, [&](std::size_t pattern, std::size_t offset) {
    std::printf("%zu %zu %s\n", pattern, offset, name.c_str());
  });
  munmap(start, size);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const Patterns patterns(argv[1]);
  if (!patterns.is_valid()) return 2;
  bool good = true;
  for (std::string name; std::getline(std::cin, name);) {
    if (search_file(patterns, name)) continue;
    std::fprintf(stderr, "find_octets: %s cannot be read\n", name.c_str());
    good = false;
  }
  return good ? 0 : 1;
}
