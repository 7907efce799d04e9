// SPDX-License-Identifier: Apache-2.0
// Credentials for freeDiameter's TLS, and their renewal.
#include "diameter_ext/tls.h"

#include "hsm/base/log.h"
#include "hss/app/tls_files.h"
#include "hss/text_forms.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <utility>

// What libfdcore has its own credentials judge a handshake with; it is in none of its public headers.
extern "C" int fd_tls_verify_credentials_2(gnutls_session_t session);

namespace diameter_ext {
namespace {

using hss::app::ConfigError;
using std::chrono::steady_clock;
using std::chrono::system_clock;

// RFC 9325 3.1.1: nothing below 1.2.
constexpr const char* priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

void check_gnutls(int code, const char* key, const std::filesystem::path& file) {
  if (code < 0) {
    throw ConfigError(fmt::format("diameter.tls.{}: {}: {}", key, file.string(), gnutls_strerror(code)));
  }
}

struct FreeCredentials {
  void operator()(gnutls_certificate_credentials_t credentials) const noexcept {
    gnutls_certificate_free_credentials(credentials);
  }
};
using Credentials = std::unique_ptr<gnutls_certificate_credentials_st, FreeCredentials>;

// GnuTLS takes a CRL whatever its age. Of those that are in use, when the first is overdue.
std::atomic<system_clock::time_point> crl_end{system_clock::time_point::max()};

int judge(gnutls_session_t session) {
  return system_clock::now() < crl_end.load() ? fd_tls_verify_credentials_2(session) : GNUTLS_E_CRL_VERIFICATION_ERROR;
}

Credentials load(const hss::app::TlsConfig& tls) {
  gnutls_certificate_credentials_t made = nullptr;
  check_gnutls(gnutls_certificate_allocate_credentials(&made), "certificate", tls.certificate);
  Credentials out(made);
  check_gnutls(gnutls_certificate_set_x509_key_file2(made, tls.certificate.c_str(), tls.key.c_str(),
                                                     GNUTLS_X509_FMT_PEM, nullptr, 0),
               "key", tls.key);
  check_gnutls(gnutls_certificate_set_x509_trust_file(made, tls.ca.c_str(), GNUTLS_X509_FMT_PEM), "ca", tls.ca);
  if (!tls.crl.empty()) {
    check_gnutls(gnutls_certificate_set_x509_crl_file(made, tls.crl.c_str(), GNUTLS_X509_FMT_PEM), "crl", tls.crl);
  }
  gnutls_certificate_set_verify_function(made, judge);
  return out;
}

// Connections hold credentials without owning them: those that were in use stay, a few hundred octets to a few
// kilobytes for each renewal.
std::vector<Credentials>& retired() {
  static std::vector<Credentials> all;
  return all;
}

// freeDiameter owns what it points to, and frees it at its end. Returns what it pointed to before.
Credentials show(Credentials credentials) {
  const std::atomic_ref<gnutls_certificate_credentials_t> place(fd_g_config->cnf_sec_data.credentials);
  return Credentials(place.exchange(credentials.release()));
}

std::string identity() { return {fd_g_config->cnf_diamid, fd_g_config->cnf_diamid_len}; }

// Judges the files, and uses them for what begins from now on. Returns what was in use before.
Credentials take(const hss::app::TlsConfig& tls) {
  const auto facts = hss::app::read_tls_files(tls, identity());
  Credentials credentials = load(tls);
  crl_end = facts.crl_end;
  return show(std::move(credentials));
}

std::string stamp_of(const std::filesystem::path& file) {
  struct stat status {};
  if (file.empty() || ::stat(file.c_str(), &status) != 0) {
    return {};
  }
  return fmt::format("{} {} {} {}.{}", status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
                     status.st_mtim.tv_nsec);
}

std::vector<std::string> stamps_of(const hss::app::TlsConfig& tls) {
  return {stamp_of(tls.certificate), stamp_of(tls.key), stamp_of(tls.ca), stamp_of(tls.crl)};
}

struct FreeCertificate {
  void operator()(gnutls_x509_crt_t certificate) const noexcept { gnutls_x509_crt_deinit(certificate); }
};
using Certificate = std::unique_ptr<gnutls_x509_crt_int, FreeCertificate>;

Certificate first_of(const peer_info& peer) {
  gnutls_x509_crt_t made = nullptr;
  if (gnutls_x509_crt_init(&made) < 0) {
    return nullptr;
  }
  Certificate out(made);
  return gnutls_x509_crt_import(made, peer.runtime.pir_cert_list, GNUTLS_X509_FMT_DER) < 0 ? nullptr : std::move(out);
}

// The names of hosts in it; without any the common name, which does not always count: not beside an address or another
// common name, nor in a certificate that is not for servers. For the log.
std::string names_in(gnutls_x509_crt_t certificate) {
  constexpr std::size_t longest = 256;
  std::string out;
  std::array<char, longest> name{};
  for (unsigned i = 0;; ++i) {
    std::size_t length = name.size();
    const int type = gnutls_x509_crt_get_subject_alt_name(certificate, i, name.data(), &length, nullptr);
    if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
      break;
    }
    if (type == GNUTLS_SAN_DNSNAME) {
      out += (out.empty() ? "" : ", ") + std::string(name.data(), length);
    }
  }
  std::size_t length = name.size();
  if (out.empty() &&
      gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name.data(), &length) == 0) {
    out = "no host, common name " + std::string(name.data(), length);
  }
  return hss::log_text(out);
}

}  // namespace

void prepare_tls(const hss::app::TlsConfig& tls) {
  auto& security = fd_g_config->cnf_sec_data;
  if (security.cert_file != nullptr || security.ca_file != nullptr || security.prio_string != nullptr ||
      fd_g_config->cnf_port_tls != 0) {
    throw ConfigError(
        "TLS is a matter of quintet.toml: name the files in [diameter.tls], and in freeDiameter's configuration let "
        "SecPort = 0 stand and no line that begins with TLS_");
  }
  if (tls.certificate.empty()) {
    return;
  }
  check_gnutls(gnutls_priority_init(&security.prio_cache, priorities, nullptr), "certificate", tls.certificate);
  take(tls);
  security.tls_disabled = 0;
  fd_g_config->cnf_port_tls = tls.port;
}

std::optional<std::string> fault_of_certificate(const peer_info& peer) {
  if (peer.runtime.pir_cert_list == nullptr || peer.runtime.pir_cert_list_size == 0) {
    return std::nullopt;
  }
  const Certificate certificate = first_of(peer);
  if (!certificate) {
    return "its certificate cannot be read";
  }
  if (gnutls_x509_crt_check_hostname(certificate.get(), peer.pi_diamid) != 0) {
    return std::nullopt;
  }
  return "its certificate is for " + names_in(certificate.get());
}

TlsWatch::TlsWatch(hss::app::TlsConfig tls) : tls_(std::move(tls)), stamps_(stamps_of(tls_)) {
  if (!tls_.certificate.empty()) {
    warn();
    thread_ = std::thread([this] { run(); });
  }
}

TlsWatch::~TlsWatch() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  ended_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void TlsWatch::run() {
  constexpr std::chrono::seconds pause{5};
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, pause, [this] { return ends_; })) {
    look();
  }
}

void TlsWatch::look() {
  constexpr std::chrono::hours day{24};
  if (steady_clock::now() - warned_ >= day) {
    warn();
  }
  auto stamps = stamps_of(tls_);
  if (stamps == stamps_) {
    return;
  }
  try {
    retired().push_back(take(tls_));
    stamps_ = std::move(stamps);
    base::log(base::event("tls_files_taken"), "", "certificate={}", tls_.certificate.string());
    warn();
  } catch (const std::exception& error) {
    base::log(base::event("tls_files_refused"), error.what(), "error=\"{}\"", hss::log_text(error.what(), 512));
  }
}

void TlsWatch::warn() {
  warned_ = steady_clock::now();
  try {
    for (const auto& expiry : hss::app::read_tls_files(tls_, identity()).expiries) {
      if (hss::app::days_left(expiry) <= tls_.warn) {
        base::log(base::event("tls_file_ends"), expiry.what, "what=\"{}\"", hss::app::describe(expiry));
      }
    }
  } catch (const std::exception& error) {
    base::log(base::event("tls_files_refused"), error.what(), "error=\"{}\"", hss::log_text(error.what(), 512));
  }
}

}  // namespace diameter_ext
