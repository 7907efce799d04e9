// SPDX-License-Identifier: Apache-2.0
// The files that Diameter over TLS needs, judged before anybody is shown them (RFC 6733 13.1, RFC 5280 6).
#pragma once

#include "hss/app/config.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace hss::app {

// What ends: a certificate of ours, a CA, the CRL.
struct Expiry {
  std::string what;  // "certificate of hss.ims.example.org", "CRL of Lab CA"
  std::filesystem::path file;
  std::chrono::system_clock::time_point end;
};

struct TlsFacts {
  std::vector<std::string> names;  // the hosts that the certificate is for, wildcards among them
  std::vector<Expiry> expiries;
  std::chrono::system_clock::time_point crl_end;  // when the first of the CRLs is overdue; max() without any
};

// Reads the files of a configuration with TLS. Throws ConfigError, naming key and file, when one cannot be read, the
// key is not the certificate's, a CRL is overdue or of none of the CAs, or no peer with the same CAs and CRL would take
// the certificate today for `host` (for any, if that is empty). A key that everybody can read is told of in the log.
// Blocks for the disk.
[[nodiscard]] TlsFacts read_tls_files(const TlsConfig& tls, const std::string& host);

// Whole days from now; 0 on the last one and behind the end.
[[nodiscard]] std::chrono::days days_left(const Expiry& expiry);

// "certificate of hss.ims.example.org, file /etc/quintet/tls/hss.pem, ends on 2027-01-31 23:59:59 UTC, in 10 days".
[[nodiscard]] std::string describe(const Expiry& expiry);

}  // namespace hss::app
