// SPDX-License-Identifier: Apache-2.0
// Diameter over TLS: what peers are shown and judged by, and whose certificate is whose (RFC 6733 2.2, 13.1).
#pragma once

#include "diameter_ext/fd.h"
#include "hss/app/config.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace diameter_ext {

// Has freeDiameter listen for TLS as the configuration says, from 1.2 on, with certificates of both sides. Throws
// hss::app::ConfigError, also when freeDiameter's own configuration speaks of TLS: there would be two truths.
void prepare_tls(const hss::app::TlsConfig& tls);

// Why the certificate that a peer has shown is none of the host that it says it is; nothing: it is his, or there is no
// TLS on this connection. RFC 6125 6.4: names of hosts, with `*` for a whole first label.
[[nodiscard]] std::optional<std::string> fault_of_certificate(const peer_info& peer);

// Watches the files: takes what has changed for the connections that begin from then on, and warns once a day of what
// ends. Files that will not do are told of, and those before stay in use. Does nothing without TLS.
class TlsWatch {
 public:
  explicit TlsWatch(hss::app::TlsConfig tls);
  TlsWatch(const TlsWatch&) = delete;
  TlsWatch& operator=(const TlsWatch&) = delete;
  ~TlsWatch();  // waits until the thread has ended

 private:
  void run();
  void look();
  void warn();

  const hss::app::TlsConfig tls_;
  std::vector<std::string> stamps_;  // of the files that are in use
  std::chrono::steady_clock::time_point warned_{};
  std::mutex mutex_;
  std::condition_variable ended_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace diameter_ext
