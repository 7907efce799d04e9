// Rows of SIP Digest users; a password lives in the reader's wiped buffer and in nothing else but the hash's input.
#include "hss/app/cli/digest_file.h"

#include "hss/app/cli/command.h"
#include "hss/app/cli/octets.h"
#include "hss/identity.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace hss::app::cli {
namespace {

constexpr std::size_t md5_octets = 16;
constexpr std::size_t sha256_octets = 32;
constexpr std::string_view wanted =
    "the header must name the columns impi, realm and either password or ha1 (and perhaps ha1_sha256)";

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
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

std::optional<std::string_view> fault_of_identity(std::string_view impi, std::string_view realm) {
  const auto at = impi.find('@');
  const bool is_nai = at != std::string_view::npos && at > 0 && at + 1 < impi.size() && impi.rfind('@') == at;
  const std::string scheme = lower(impi.substr(0, impi.find(':') + 1));
  const bool is_uri = scheme == "sip:" || scheme == "sips:" || scheme == "tel:";
  if (!is_nai || is_uri || has_control(impi) || impi.find_first_of(" \"<>\\") != std::string_view::npos) {
    return "impi is not user@realm";
  }
  if (realm.empty() || has_control(realm) || realm.find_first_of("\"\\") != std::string_view::npos) {
    return "realm is empty or has quotes, backslashes or control characters";
  }
  return std::nullopt;
}

DigestFile::DigestFile(const std::filesystem::path& file) : lines_(file) { read_header(); }

std::string DigestFile::fault(std::string_view impi, std::string_view what) const {
  return lines_.fault((impi.empty() ? "" : std::string(impi) + ": ") + std::string(what));
}

bool DigestFile::has(Column column) const { return std::ranges::find(columns_, column) != columns_.end(); }

void DigestFile::read_header() {
  struct Name {
    std::string_view name;
    Column column;
  };
  constexpr std::array<Name, 5> names{{{"impi", Column::impi},
                                       {"realm", Column::realm},
                                       {"password", Column::password},
                                       {"ha1", Column::ha1},
                                       {"ha1_sha256", Column::ha1_sha256}}};
  const auto line = lines_.next();
  const auto fields = line ? split_csv(*line) : std::nullopt;
  for (const auto field : fields.value_or(std::vector<std::string_view>{})) {
    const auto* known = std::ranges::find(names, lower(field), &Name::name);
    // A header line that is missing would show passwords, so what is unknown is not quoted.
    if (known == names.end() || has(known->column)) throw Failure(lines_.fault(wanted));
    columns_.push_back(known->column);
  }
  const bool has_one_source = has(Column::password) != has(Column::ha1);
  const bool is_sound =
      has(Column::impi) && has(Column::realm) && has_one_source && !(has(Column::password) && has(Column::ha1_sha256));
  if (!is_sound) throw Failure(lines_.fault(wanted));
}

std::optional<DigestFile::Row> DigestFile::next() {
  const auto line = lines_.next_row();
  if (!line) return std::nullopt;
  const auto fields = split_csv(*line);
  if (!fields) return Row{{}, lines_.fault("has quotes that are not closed or have text behind them")};
  if (fields->size() == columns_.size()) return row_of(*fields);
  return Row{
      {},
      lines_.fault("has " + std::to_string(fields->size()) + " fields, the header " + std::to_string(columns_.size()))};
}

DigestFile::Row DigestFile::row_of(const std::vector<std::string_view>& fields) const {
  const auto field = [&](Column column) {
    const auto found = std::ranges::find(columns_, column);
    return found == columns_.end() ? std::string_view{} : fields[static_cast<std::size_t>(found - columns_.begin())];
  };
  DigestUser user{canonical_impi(field(Column::impi)), std::string(field(Column::realm)), {}, {}};
  if (const auto wrong = fault_of_identity(user.impi, user.realm)) return {{}, fault("", *wrong)};
  if (has(Column::password)) {
    const auto password = field(Column::password);
    if (password.empty() || has_control(password)) {
      return {{}, fault(user.impi, "password is empty or has control characters")};
    }
    user.md5 = ha1_of(user, password, DigestAlgorithm::md5);
    user.sha256 = ha1_of(user, password, DigestAlgorithm::sha256);
    return {std::move(user), ""};
  }
  user.md5 = hsm::HeapSecret(md5_octets);
  if (!decode_hex(field(Column::ha1), user.md5.edit()))
    return {{}, fault(user.impi, "ha1 is not 32 hexadecimal digits")};
  if (const auto sha256 = field(Column::ha1_sha256); !sha256.empty()) {
    user.sha256 = hsm::HeapSecret(sha256_octets);
    if (!decode_hex(sha256, user.sha256.edit())) {
      return {{}, fault(user.impi, "ha1_sha256 is not 64 hexadecimal digits")};
    }
  }
  return {std::move(user), ""};
}

}  // namespace hss::app::cli
