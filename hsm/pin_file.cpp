// SPDX-License-Identifier: Apache-2.0
// Reads PIN files and keeps account of refused PINs.
#include "hsm/pin_file.h"

#include "hsm/base/log.h"
#include "hsm/error.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace hsm {
namespace {

constexpr std::size_t longest_pin = 255;

class File {
 public:
  explicit File(const std::filesystem::path& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int get() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

[[noreturn]] void refuse(const std::filesystem::path& file, std::string_view why) {
  throw Error(Kind::pin, "", 0, fmt::format("PIN file {}: {}", file.string(), why));
}

void warn_if_open_to_others(int descriptor, const std::filesystem::path& file) {
  struct stat status {};
  if (::fstat(descriptor, &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    base::log(base::event("pin_file_open_to_others"), file.string(), "file={} mode={:o}", file.string(),
              status.st_mode & 07777U);
  }
}

}  // namespace

HeapSecret read_pin(const std::filesystem::path& file) {
  const File opened(file);
  if (opened.get() < 0) {
    refuse(file, fmt::format("{}; it must be there, and user id {} read it", std::strerror(errno), ::geteuid()));
  }
  warn_if_open_to_others(opened.get(), file);
  HeapSecret text(longest_pin + 1);
  std::size_t length = 0;
  while (length < text.size()) {
    const ssize_t got = ::read(opened.get(), text.edit().data() + length, text.size() - length);
    if (got < 0) refuse(file, std::strerror(errno));
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  const Bytes all = text.view().first(length);
  const auto end =
      std::find_if(all.begin(), all.end(), [](std::uint8_t c) { return c == '\n' || c == '\r' || c == 0; });
  const auto size = static_cast<std::size_t>(end - all.begin());
  if (size == 0) refuse(file, "its first line is empty");
  if (size > longest_pin) refuse(file, "its first line is too long for a PIN");
  HeapSecret pin(size + 1);
  std::copy(all.begin(), end, pin.edit().begin());
  return pin;
}

PinGate::Stamp PinGate::stamp_of(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size), status.st_mtim.tv_sec,
          status.st_mtim.tv_nsec};
}

PinGate::Digest PinGate::digest_of(const HeapSecret& pin) {
  if (salt_.empty()) {
    HeapSecret salt(32);
    if (RAND_priv_bytes(salt.edit().data(), static_cast<int>(salt.size())) != 1) {
      throw Error(Kind::device, "", 0, "no random octets for the digest of a PIN");
    }
    salt_ = std::move(salt);
  }
  HeapSecret both(salt_.size() + pin.size());
  std::copy(salt_.view().begin(), salt_.view().end(), both.edit().begin());
  std::copy(pin.view().begin(), pin.view().end(), both.edit().begin() + static_cast<std::ptrdiff_t>(salt_.size()));
  Digest digest{};
  SHA256(both.view().data(), both.size(), digest.data());
  return digest;
}

bool PinGate::may_try(const std::filesystem::path& file) {
  if (!blocked_) return true;
  const Stamp now = stamp_of(file);
  if (now == stamp_) return false;
  stamp_ = now;
  try {
    blocked_ = digest_ && digest_of(read_pin(file)) == *digest_;
  } catch (const Error&) {  // changed and unreadable: not a PIN to try
  }
  return !blocked_;
}

void PinGate::refused(const std::filesystem::path& file, const HeapSecret& pin) {
  blocked_ = true;
  stamp_ = stamp_of(file);
  digest_ = digest_of(pin);
}

void PinGate::unreadable(const std::filesystem::path& file) {
  if (!blocked_) digest_.reset();
  blocked_ = true;
  stamp_ = stamp_of(file);
}

}  // namespace hsm
