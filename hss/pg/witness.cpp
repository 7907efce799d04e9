// SPDX-License-Identifier: Apache-2.0
// The witness file: "quintet-lead 1", then a line for each set of numbers with its id, highest lead and the incarnation
// of the database that had it. Replaced as a whole.
#include "hss/pg/witness.h"

#include "hss/store_error.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

namespace hss::pg {
namespace {

constexpr std::string_view heading = "quintet-lead 1";
constexpr ::mode_t file_mode = 0640;

std::string reason() { return std::generic_category().message(errno); }

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  [[nodiscard]] int get() const noexcept { return descriptor_; }
  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(descriptor) == 0;
}

}  // namespace

void Witness::fail(const std::string& what) const {
  throw StoreError(has_written_ ? StoreFailure::unavailable : StoreFailure::config,
                   "sqn.witness " + file_.string() + ": " + what);
}

Witness::Leads Witness::read() const {
  std::ifstream in(file_);
  if (!in && errno == ENOENT) return {};
  if (!in) fail("cannot be read: " + reason());
  Leads leads;
  std::string line;
  bool is_good = std::getline(in, line) && line == heading;
  while (is_good && std::getline(in, line)) {
    std::istringstream words(line);
    std::string cluster;
    Sight sight;
    std::string more;
    is_good = static_cast<bool>(words >> cluster >> sight.lead) && in.good();  // a last line without end is cut
    words >> sight.incarnation;
    is_good = is_good && !(words >> more);
    leads[cluster] = sight;
  }
  if (!is_good) {
    fail(
        "is not a witness of SEQ leads, or is damaged; move it away, and run quintet sqn jump if the database may have "
        "been "
        "put back since it was written");
  }
  return leads;
}

// Root's tool must not take the file away from the server.
void Witness::keep_owner(int descriptor) const {
  struct ::stat before {};
  if (::stat(file_.c_str(), &before) != 0 && ::stat(folder_of(file_).c_str(), &before) != 0) return;
  if (::fchown(descriptor, before.st_uid, before.st_gid) != 0) return;  // only root may; then it is ours anyway
}

void Witness::write(const Leads& leads) const {
  std::ostringstream text;
  text << heading << '\n';
  for (const auto& [cluster, sight] : leads) text << cluster << ' ' << sight.lead << ' ' << sight.incarnation << '\n';
  const std::string next = file_.string() + ".new";
  const Descriptor file(::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, file_mode));
  if (!file.is_open()) fail("cannot be written: " + reason());
  keep_owner(file.get());
  if (!write_all(file.get(), text.str()) || ::rename(next.c_str(), file_.c_str()) != 0) {
    fail("cannot be written: " + reason());
  }
  const Descriptor folder(::open(folder_of(file_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open() || ::fsync(folder.get()) != 0) fail("its folder cannot be synchronised: " + reason());
}

std::optional<Witness::Sight> Witness::of(const std::string& cluster) {
  const std::lock_guard lock(mutex_);
  if (!file_.empty()) {
    for (const auto& [each, sight] : read()) {
      if (sight.lead >= leads_[each].lead) leads_[each] = sight;
    }
  }
  const auto known = leads_.find(cluster);
  return known == leads_.end() ? std::nullopt : std::optional(known->second);
}

void Witness::raise(const std::string& cluster, const Sight& sight) {
  const std::lock_guard lock(mutex_);
  const auto known = leads_.find(cluster);
  const bool is_news = known == leads_.end() || (known->second.lead <= sight.lead && known->second != sight);
  if (file_.empty()) {
    if (is_news) leads_[cluster] = sight;
    return;
  }
  if (!is_news && has_written_) return;
  const Descriptor folder(::open(folder_of(file_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open() || ::flock(folder.get(), LOCK_EX) != 0) fail("its folder cannot be locked: " + reason());
  Leads leads = read();  // another process may have written meanwhile
  if (leads[cluster].lead <= sight.lead) leads[cluster] = sight;
  write(leads);
  leads_ = std::move(leads);
  has_written_ = true;
}

Witness& witness_at(const std::filesystem::path& file) {
  static std::mutex mutex;
  static std::map<std::filesystem::path, Witness> witnesses;
  const std::lock_guard lock(mutex);
  return witnesses.try_emplace(file, file).first->second;
}

}  // namespace hss::pg
