// SPDX-License-Identifier: Apache-2.0
// Files that hold secrets. Read and written without streams, whose buffers nobody wipes.
#include "hss/cli/secret_file.h"

#include "hss/cli/command.h"
#include "hss/cli/octets.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace hss::app::cli {
namespace {

constexpr std::size_t most_octets = 65536;
constexpr std::size_t pin_characters = 20;
constexpr std::string_view pin_alphabet = "abcdefghijkmnpqrstuvwxyz23456789";  // 32, none to be confused

class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  Descriptor(const Descriptor&) = delete;  // closed once
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const noexcept { return number_; }

 private:
  int number_;
};

[[noreturn]] void fail(const std::filesystem::path& file) {
  throw Failure(file.string() + ": " + std::strerror(errno));
}

hsm::HeapSecret read_secret_file(const std::filesystem::path& file) {
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.get() < 0) fail(file);
  hsm::HeapSecret buffer(most_octets);
  std::size_t size = 0;
  while (size < buffer.size()) {
    const auto got = ::read(descriptor.get(), buffer.edit().data() + size, buffer.size() - size);
    if (got < 0) fail(file);
    if (got == 0) return hsm::HeapSecret(buffer.view().first(size));
    size += static_cast<std::size_t>(got);
  }
  throw Failure(file.string() + ": is longer than " + std::to_string(most_octets) + " octets");
}

std::string_view text_of(const hsm::HeapSecret& content) {
  return {reinterpret_cast<const char*>(content.view().data()), content.size()};  // octets are text here
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos || line[begin] == '#') return words;
    line.remove_prefix(begin);
    words.push_back(line.substr(0, line.find_first_of(" \t\r")));
    line.remove_prefix(words.back().size());
  }
}

hsm::Component component_of(std::span<const std::string_view> words, const std::string& place) {
  hsm::Component component{hsm::HeapSecret(words.size() == 3 ? words[1].size() / 2 : 0), {}};
  const auto size = component.value.size();
  const bool good = words.size() == 3 && (size == 16 || size == 24 || size == 32) &&
                    decode_hex(words[1], component.value.edit()) && decode_hex(words[2], component.check_value);
  if (!good) throw Failure(place + ": is not NAME, 32, 48 or 64 hexadecimal digits, 6 digits of check value");
  if (hsm::check_value(component.value) == component.check_value) return component;
  throw Failure(place + ": the component does not have its check value; a digit is wrong");
}

}  // namespace

void write_secret_file(const std::filesystem::path& file, hsm::Bytes content) {
  const Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (descriptor.get() < 0) fail(file);
  const auto written = ::write(descriptor.get(), content.data(), content.size());
  if (written == static_cast<ssize_t>(content.size()) && ::fsync(descriptor.get()) == 0) return;
  const std::string why = std::strerror(errno);
  ::unlink(file.c_str());
  throw Failure(file.string() + ": " + why);
}

void create_pin(const std::filesystem::path& file) {
  hsm::HeapSecret pin = random_octets(pin_characters + 1);
  for (auto& octet : pin.edit()) octet = static_cast<std::uint8_t>(pin_alphabet[octet % pin_alphabet.size()]);
  pin.edit().back() = '\n';
  write_secret_file(file, pin.view());
}

Components read_components(const std::filesystem::path& file) {
  const hsm::HeapSecret content = read_secret_file(file);
  Components components;
  std::string_view rest = text_of(content);
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto words = words_of(line);
    if (words.empty()) continue;
    const std::string place = file.string() + ":" + std::to_string(number);
    auto component = component_of(words, place);
    if (!components.emplace(words[0], std::move(component)).second)
      throw Failure(place + ": this name was there before");
  }
  return components;
}

void write_components(const std::filesystem::path& file, const Components& components, const std::string& title) {
  constexpr std::size_t room = 4096;
  hsm::HeapSecret content(room);
  std::size_t size = 0;
  const auto append = [&](std::string_view text) {
    std::ranges::copy(text, content.edit().subspan(size, text.size()).begin());
    size += text.size();
  };
  append("# " + title + "\n");
  for (const auto& [name, component] : components) {
    append(name + " ");
    for (const auto octet : component.value.view()) append(hex_of({&octet, 1}));  // two characters stay in the string
    append(" " + hex_of(component.check_value) + "\n");
  }
  write_secret_file(file, content.view().first(size));
}

hsm::HeapSecret combine(std::span<const std::filesystem::path> files, std::string_view name) {
  std::vector<hsm::Component> shares;
  for (const auto& file : files) {
    auto components = read_components(file);
    const auto found = components.find(name);
    if (found == components.end()) throw Failure(file.string() + ": has no component of \"" + std::string(name) + "\"");
    for (const auto& share : shares) {  // a file given twice would cancel itself out
      const bool same = hsm::equal_in_constant_time(share.value.view(), found->second.value.view());
      if (same)
        throw Failure(file.string() + ": has the same component of \"" + std::string(name) + "\" as another file");
    }
    shares.push_back(std::move(found->second));
  }
  return hsm::combine(shares);
}

hsm::HeapSecret random_octets(std::size_t size) {
  hsm::HeapSecret octets(size);
  if (RAND_priv_bytes(octets.edit().data(), static_cast<int>(size)) != 1) throw Failure("no random octets to be had");
  return octets;
}

}  // namespace hss::app::cli
