// SPDX-License-Identifier: Apache-2.0
// Rows of SIP Digest users; a password lives in the reader's wiped buffer and in nothing else but the hash's input.
#include "hss/cli/digest_file.h"

#include "hss/cli/command.h"
#include "hss/cli/octets.h"
#include "hss/identity.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace hss::app::cli {
namespace {

constexpr std::size_t md5_octets = 16;
constexpr std::size_t sha256_octets = 32;

namespace in {
enum Column : std::size_t { impi, realm, password, ha1, ha1_sha256 };
}
constexpr std::array<std::string_view, 5> ours{"impi", "realm", "password", "ha1", "ha1_sha256"};  // in the order of in
constexpr ColumnRules rules{
    ours, {}, "the header must name the columns impi, realm and either password or ha1 (and perhaps ha1_sha256)"};

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool is_label(std::string_view text) {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

// Two labels or more, as in a realm of a network access identifier (RFC 7542 2.2).
bool is_domain(std::string_view text) {
  std::size_t labels = 1;
  for (auto dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.'), ++labels) {
    if (!is_label(text.substr(0, dot))) return false;
    text.remove_prefix(dot + 1);
  }
  return labels > 1 && is_label(text);
}

std::string_view host_of(std::string_view impi) { return impi.substr(std::min(impi.find('@'), impi.size() - 1) + 1); }

bool is_nai(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && text.rfind('@') == at && is_domain(text.substr(at + 1));
}

// The same domain, or one is below the other.
bool are_related(std::string_view one, std::string_view other) {
  if (!is_domain(one) || !is_domain(other)) return false;
  const std::string a = "." + lower(one);
  const std::string b = "." + lower(other);
  return a.ends_with(b) || b.ends_with(a);
}

// An identity or a realm where the password should be: then what stands in their places may be the password.
bool is_misplaced(std::string_view password, const DigestUser& user) {
  const std::string_view host = host_of(user.impi);
  if (password == user.impi || password == user.realm || are_related(password, host) ||
      are_related(password, user.realm))
    return true;
  if (!is_nai(password)) return false;
  const std::string_view other = host_of(password);
  return are_related(other, host) || are_related(other, user.realm) || !are_related(user.realm, host);
}

using Cells = std::array<std::string_view, ours.size()>;

// Each puts the secret into `user`, or tells what is wrong.
std::string_view take_password(const Cells& cells, DigestUser& user) {
  const std::string_view text = cells[in::password];
  if (text.empty() || has_control(text)) return "password is empty or has control characters";
  if (is_misplaced(text, user)) return "password is an identity or a realm: are the columns as the header says?";
  user.md5 = ha1_of(user, text, DigestAlgorithm::md5);
  user.sha256 = ha1_of(user, text, DigestAlgorithm::sha256);
  return "";
}

std::string_view take_hashes(const Cells& cells, DigestUser& user) {
  user.md5 = hsm::HeapSecret(md5_octets);
  if (!decode_hex(cells[in::ha1], user.md5.edit())) return "ha1 is not 32 hexadecimal digits";
  if (cells[in::ha1_sha256].empty()) return "";
  user.sha256 = hsm::HeapSecret(sha256_octets);
  return decode_hex(cells[in::ha1_sha256], user.sha256.edit()) ? "" : "ha1_sha256 is not 64 hexadecimal digits";
}

}  // namespace

hsm::HeapSecret ha1_of(const DigestUser& user, std::string_view password, DigestAlgorithm algorithm) {
  hsm::HeapSecret text(user.impi.size() + user.realm.size() + password.size() + 2);
  auto at = text.edit().begin();
  for (const std::string_view part : std::array<std::string_view, 5>{user.impi, ":", user.realm, ":", password}) {
    at = std::ranges::copy(part, at).out;
  }
  const bool is_md5 = algorithm == DigestAlgorithm::md5;
  hsm::HeapSecret ha1(is_md5 ? md5_octets : sha256_octets);
  const auto input = text.view();
  if (EVP_Digest(input.data(), input.size(), ha1.edit().data(), nullptr, is_md5 ? EVP_md5() : EVP_sha256(), nullptr) !=
      1) {
    throw Failure("OpenSSL does not compute " + std::string(name(algorithm)));
  }
  return ha1;
}

std::optional<std::string_view> fault_of_identity(std::string_view impi, std::string_view realm, bool is_realm_named) {
  if (!is_nai(impi) || has_control(impi) || impi.find_first_of(" :\"<>\\") != std::string_view::npos) {
    return "impi is not user@realm with a domain as its realm";
  }
  if (realm.empty() || has_control(realm) || realm.find_first_of("\"\\") != std::string_view::npos) {
    return "realm is empty or has quotes, backslashes or control characters";
  }
  if (!is_realm_named && !are_related(realm, host_of(impi))) {
    return "realm is not the domain of the impi, nor one above or below it, and could be a password; if it is meant, "
           "name "
           "it with --realm";
  }
  return std::nullopt;
}

DigestFile::DigestFile(const std::filesystem::path& file, DigestForm form)
    : lines_(file), form_(std::move(form)), header_(read_header(lines_, rules, column_names(form_.columns, rules))) {
  const auto has = [&](in::Column column) { return header_.count(column) > 0; };
  const bool is_twice = std::ranges::any_of(std::array{in::impi, in::realm, in::password, in::ha1, in::ha1_sha256},
                                            [&](in::Column column) { return header_.count(column) > 1; });
  const bool has_realm = has(in::realm) || !form_.realm.empty();
  const bool has_one_source = has(in::password) != has(in::ha1) && !(has(in::password) && has(in::ha1_sha256));
  if (is_twice || !has(in::impi) || !has_realm || !has_one_source) refuse_header(lines_, rules, header_);
}

std::string DigestFile::fault(std::string_view name, std::string_view what) const {
  return lines_.fault((name.empty() ? "" : std::string(name) + ": ") + std::string(what));
}

std::optional<DigestFile::Row> DigestFile::next() {
  const auto read = next_fields(lines_, header_);
  if (!read) return std::nullopt;
  if (!read->fault.empty()) return Row{{}, read->fault};
  return row_of(read->fields);
}

DigestFile::Row DigestFile::row_of(const std::vector<std::string_view>& fields) const {
  Cells cells;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (header_.columns[i] != Header::ignored) cells.at(header_.columns[i]) = fields[i];
  }
  if (!form_.realm.empty() && header_.count(in::realm) > 0 && cells[in::realm] != form_.realm) {
    return {{}, fault("", "realm is not the one that --realm names")};
  }
  DigestUser user{
      canonical_impi(cells[in::impi]), form_.realm.empty() ? std::string(cells[in::realm]) : form_.realm, {}, {}};
  const auto wrong = fault_of_identity(user.impi, user.realm, !form_.realm.empty());
  if (wrong) return {{}, fault("", *wrong)};
  const bool has_password = header_.count(in::password) > 0;
  const std::string_view fault_of_secret = has_password ? take_password(cells, user) : take_hashes(cells, user);
  if (!fault_of_secret.empty()) return {{}, fault("", fault_of_secret)};
  return {std::move(user), ""};
}

}  // namespace hss::app::cli
