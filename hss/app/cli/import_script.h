// The SQL script that an import of keys writes: wrapped keys and sealed OPc, nothing in clear. For psql.
#pragma once

#include "hsm/secret.h"

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

namespace hss::app::cli {

struct ImportTarget {
  std::uint16_t kek_id = 1;
  std::string wrap_mechanism;
  std::uint16_t data_key_id = 1;
  std::string source;  // for the audit: file name and operator
};

// One transaction: all rows or none. Cards that exist get the new key and keep their sequence numbers. A script that
// was not finished fails in psql instead of committing.
class ImportScript {
 public:
  ImportScript(std::ostream& out, ImportTarget target);
  ImportScript(const ImportScript&) = delete;  // one script, one end
  ImportScript& operator=(const ImportScript&) = delete;
  ~ImportScript();

  void add(std::string_view credential, hsm::Bytes wrapped, hsm::Bytes sealed);
  void finish();
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  std::ostream& out_;
  ImportTarget target_;
  std::size_t count_ = 0;
  bool finished_ = false;
};

}  // namespace hss::app::cli
