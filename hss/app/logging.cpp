// SPDX-License-Identifier: Apache-2.0
// spdlog's logger, and a file that can be reopened.
#include "hss/app/logging.h"

#include <fcntl.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>
#include <mutex>

namespace hss::app {
namespace {

constexpr mode_t file_mode = S_IRUSR | S_IWUSR | S_IRGRP;
constexpr mode_t not_for_others = ALLPERMS & ~(S_IWGRP | S_IRWXO);

std::atomic<bool> reopening{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");
bool logs_to_stderr = true;

// A file of ours that was there already may have been made for everybody.
void close_to_others(int descriptor) {
  struct stat found {};
  if (::fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode) && found.st_uid == ::geteuid()) {
    ::fchmod(descriptor, found.st_mode & not_for_others);
  }
}

// spdlog's own sinks keep the file they opened, and open it for everybody to read. Lines are written at once, each
// whole.
class LogFile final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit LogFile(std::filesystem::path path) : path_(std::move(path)) {
    if (!open()) {
      throw ConfigError("log.file " + path_.string() + ": " + std::strerror(errno) +
                        "; make its folder, or let the server's user write there");
    }
  }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  ~LogFile() override { ::close(descriptor_); }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (reopening.exchange(false) && !open()) {
      reopening = true;
      write(STDERR_FILENO, line);
      return;
    }
    write(descriptor_, line);
  }
  void flush_() override {}

 private:
  bool open() {
    const int opened = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, file_mode);
    if (opened < 0) {
      return false;
    }
    close_to_others(opened);
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
    descriptor_ = opened;
    return true;
  }

  // A full disk costs lines, not the server.
  static void write(int descriptor, const spdlog::memory_buf_t& line) {
    for (std::size_t done = 0; done < line.size();) {
      const ssize_t wrote = ::write(descriptor, line.data() + done, line.size() - done);
      if (wrote < 0 && errno != EINTR) {
        return;
      }
      done += wrote < 0 ? 0 : static_cast<std::size_t>(wrote);
    }
  }

  std::filesystem::path path_;
  int descriptor_ = -1;
};

spdlog::sink_ptr sink_of(const LogConfig& config) {
  if (config.file.empty()) {
    return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  }
  return std::make_shared<LogFile>(config.file);
}

}  // namespace

void configure_logging(const LogConfig& config) {
  auto logger = std::make_shared<spdlog::logger>("quintet", sink_of(config));
  logger->set_level(spdlog::level::from_str(config.level));
  logger->flush_on(spdlog::level::info);
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%f%z %l %v");
  spdlog::set_default_logger(std::move(logger));
  logs_to_stderr = config.file.empty();
}

void reopen_log() noexcept { reopening = true; }

void tell_stderr(std::string_view line) {
  if (!logs_to_stderr) {
    std::cerr << line << std::endl;
  }
}

}  // namespace hss::app
