// SPDX-License-Identifier: Apache-2.0
// Reads certificates, key and CRL with OpenSSL and verifies the chain as a peer will.
#include "hss/app/tls_files.h"

#include "hsm/base/log.h"
#include "hss/text_forms.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <spdlog/fmt/chrono.h>
#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

namespace hss::app {
namespace {

using std::chrono::system_clock;

template <auto destroy>
struct With {
  template <typename Object>
  void operator()(Object* object) const noexcept {
    destroy(object);
  }
};
using Bio = std::unique_ptr<BIO, With<BIO_free>>;
using Certificate = std::unique_ptr<X509, With<X509_free>>;
using Crl = std::unique_ptr<X509_CRL, With<X509_CRL_free>>;
using Key = std::unique_ptr<EVP_PKEY, With<EVP_PKEY_free>>;
using Store = std::unique_ptr<X509_STORE, With<X509_STORE_free>>;
using Context = std::unique_ptr<X509_STORE_CTX, With<X509_STORE_CTX_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, With<GENERAL_NAMES_free>>;
struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_free(stack); }
};
using Stack = std::unique_ptr<STACK_OF(X509), FreeStack>;

[[noreturn]] void refuse(std::string_view key, const std::filesystem::path& file, std::string_view why) {
  throw ConfigError(fmt::format("diameter.tls.{}: {}: {}", key, file.string(), why));
}

template <typename Object>
Object made(Object object) {
  if (!object) throw std::bad_alloc();
  return object;
}

// Whoever opens a pipe waits for its other end.
Bio open_file(std::string_view key, const std::filesystem::path& file, std::string_view what) {
  std::error_code ignored;
  if (std::filesystem::is_fifo(file, ignored)) refuse(key, file, fmt::format("is no PEM file of {}", what));
  Bio opened(BIO_new_file(file.c_str(), "re"));
  if (!opened)
    refuse(key, file, fmt::format("{}; it must be there, and the server's user read it", std::strerror(errno)));
  return opened;
}

// A file may hold several; what is no PEM between them is passed over.
template <typename Owner, auto read>
std::vector<Owner> all_of(std::string_view key, const std::filesystem::path& file, std::string_view what) {
  const Bio opened = open_file(key, file, what);
  std::vector<Owner> out;
  while (auto* one = read(opened.get(), nullptr, nullptr, nullptr)) out.emplace_back(one);
  const bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (out.empty() || !is_end) refuse(key, file, fmt::format("is no PEM file of {}", what));
  return out;
}

int no_password(char* /*buffer*/, int /*size*/, int /*is_writing*/, void* /*data*/) { return -1; }

Key read_key(const std::filesystem::path& file) {
  const Bio opened = open_file("key", file, "a private key");
  Key key(PEM_read_bio_PrivateKey(opened.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  if (!key) refuse("key", file, "is no PEM file of a private key without a password");
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0 && (status.st_mode & S_IRWXO) != 0) {
    base::log(base::event("tls_key_open_to_others"), file.string(), "file={} mode={:o}", file.string(),
              status.st_mode & 07777U);
  }
  return key;
}

system_clock::time_point time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return system_clock::time_point::max();
  return system_clock::from_time_t(::timegm(&parts));
}

std::string common_name(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return "no name";
  const ASN1_STRING* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
  return log_text(
      {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<std::size_t>(ASN1_STRING_length(text))});
}

// Subject alternative names of hosts; without any the common name counts (RFC 6125 6.4.4).
std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> out;
  const Names names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const ASN1_STRING* text = name->d.dNSName;
    out.push_back(log_text({reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                            static_cast<std::size_t>(ASN1_STRING_length(text))}));
  }
  if (out.empty()) out.push_back(common_name(X509_get_subject_name(certificate)));
  return out;
}

struct Files {
  explicit Files(const TlsConfig& tls)
      : chain(all_of<Certificate, PEM_read_bio_X509>("certificate", tls.certificate, "certificates")),
        key(read_key(tls.key)),
        cas(all_of<Certificate, PEM_read_bio_X509>("ca", tls.ca, "certificates")) {
    if (!tls.crl.empty()) crls = all_of<Crl, PEM_read_bio_X509_CRL>("crl", tls.crl, "revocation lists");
  }
  std::vector<Certificate> chain;
  Key key;
  std::vector<Certificate> cas;
  std::vector<Crl> crls;
};

Store store_of(const Files& files) {
  Store store = made(Store(X509_STORE_new()));
  for (const auto& ca : files.cas) X509_STORE_add_cert(store.get(), ca.get());
  for (const auto& crl : files.crls) X509_STORE_add_crl(store.get(), crl.get());
  if (!files.crls.empty()) X509_STORE_set_flags(store.get(), X509_V_FLAG_CRL_CHECK);
  return store;
}

// A CA without a CRL has revoked nothing, here as at our peers.
int or_without_crl(int is_good, X509_STORE_CTX* context) {
  return is_good != 0 || X509_STORE_CTX_get_error(context) == X509_V_ERR_UNABLE_TO_GET_CRL ? 1 : 0;
}

bool has_signed(const Certificate& ca, const Crl& crl) {
  return X509_NAME_cmp(X509_get_subject_name(ca.get()), X509_CRL_get_issuer(crl.get())) == 0 &&
         X509_CRL_verify(crl.get(), X509_get0_pubkey(ca.get())) == 1;
}

// GnuTLS asks neither who has signed a CRL nor whether it is overdue.
void verify_crls(const TlsConfig& tls, const Files& files) {
  for (const auto& crl : files.crls) {
    const std::string issuer = common_name(X509_CRL_get_issuer(crl.get()));
    const auto is_its_own = [&](const Certificate& ca) { return has_signed(ca, crl); };
    const bool is_signed = std::ranges::any_of(files.cas, is_its_own) || std::ranges::any_of(files.chain, is_its_own);
    ERR_clear_error();
    if (!is_signed) {
      refuse("crl", tls.crl, fmt::format("CRL of {}: none of the CAs in {} has signed it", issuer, tls.ca.string()));
    }
    const ASN1_TIME* next = X509_CRL_get0_nextUpdate(crl.get());
    if (next != nullptr && X509_cmp_current_time(next) < 0) {
      refuse("crl", tls.crl, fmt::format("CRL has expired, nobody would be let in ({})", issuer));
    }
  }
}

// Keys that sign in TLS 1.2 and 1.3, of the strengths that RFC 9325 4.5 wants.
bool signs_in_tls(X509* certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  const int type = EVP_PKEY_get_base_id(key);
  const bool is_rsa = type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS;
  const bool is_curve = type == EVP_PKEY_EC || type == EVP_PKEY_ED25519 || type == EVP_PKEY_ED448;
  return (is_rsa || is_curve) && EVP_PKEY_get_security_bits(key) >= (is_rsa ? 112 : 128) &&
         (X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) != 0;
}

// Signatures and keys of 112 bits at least, and for servers, if it says for what.
void ask_as_a_peer(X509_STORE_CTX* context) {
  X509_VERIFY_PARAM* wanted = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_purpose(wanted, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_auth_level(wanted, 2);
  X509_STORE_CTX_set_verify_cb(context, or_without_crl);
}

// What a peer that trusts the same CAs would say of our certificate.
void verify(const TlsConfig& tls, const Files& files) {
  if (X509_check_private_key(files.chain.front().get(), files.key.get()) != 1) {
    ERR_clear_error();
    refuse("key", tls.key, fmt::format("is not the key of the certificate in {}", tls.certificate.string()));
  }
  if (!signs_in_tls(files.chain.front().get())) {
    refuse(
        "certificate", tls.certificate,
        "no peer would take it: its key is none for TLS (RSA of 2048 bits, P-256 and longer, Ed25519 and Ed448 are), "
        "or its key usage has no digitalSignature");
  }
  const Stack between = made(Stack(sk_X509_new_null()));
  for (const auto& one : files.chain) sk_X509_push(between.get(), one.get());
  const Store store = store_of(files);
  const Context context = made(Context(X509_STORE_CTX_new()));
  if (X509_STORE_CTX_init(context.get(), store.get(), files.chain.front().get(), between.get()) != 1)
    throw std::bad_alloc();
  ask_as_a_peer(context.get());
  if (X509_verify_cert(context.get()) != 1) {
    const int fault = X509_STORE_CTX_get_error(context.get());
    const X509* at = X509_STORE_CTX_get_current_cert(context.get());
    ERR_clear_error();
    refuse("certificate", tls.certificate,
           fmt::format("no peer would take it: {} ({})", X509_verify_cert_error_string(fault),
                       at == nullptr ? "" : common_name(X509_get_subject_name(at))));
  }
}

TlsFacts facts_of(const TlsConfig& tls, const Files& files) {
  TlsFacts facts{names_of(files.chain.front().get()), {}, system_clock::time_point::max()};
  const auto add = [&](std::string what, const std::filesystem::path& file, const ASN1_TIME* end) {
    facts.expiries.push_back({std::move(what), file, time_of(end)});
  };
  for (const auto& one : files.chain) {
    add("certificate of " + common_name(X509_get_subject_name(one.get())), tls.certificate,
        X509_get0_notAfter(one.get()));
  }
  for (const auto& ca : files.cas) {
    add("certificate of " + common_name(X509_get_subject_name(ca.get())), tls.ca, X509_get0_notAfter(ca.get()));
  }
  for (const auto& crl : files.crls) {
    add("CRL of " + common_name(X509_CRL_get_issuer(crl.get())), tls.crl, X509_CRL_get0_nextUpdate(crl.get()));
    facts.crl_end = std::min(facts.crl_end, facts.expiries.back().end);
  }
  return facts;
}

}  // namespace

TlsFacts read_tls_files(const TlsConfig& tls, const std::string& host) {
  const Files files(tls);
  verify_crls(tls, files);
  verify(tls, files);
  TlsFacts facts = facts_of(tls, files);
  if (!host.empty() && X509_check_host(files.chain.front().get(), host.data(), host.size(), 0, nullptr) != 1) {
    refuse("certificate", tls.certificate,
           fmt::format("is for {}, not for {}, as freeDiameter's Identity is", fmt::join(facts.names, ", "), host));
  }
  return facts;
}

std::chrono::days days_left(const Expiry& expiry) {
  const auto left = std::chrono::floor<std::chrono::days>(expiry.end - system_clock::now());
  return std::max(left, std::chrono::days{0});
}

std::string describe(const Expiry& expiry) {
  return fmt::format("{}, file {}, ends on {:%Y-%m-%d %H:%M:%S} UTC, in {} days", expiry.what, expiry.file.string(),
                     fmt::gmtime(system_clock::to_time_t(expiry.end)), days_left(expiry).count());
}

}  // namespace hss::app
