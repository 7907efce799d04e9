// SPDX-License-Identifier: Apache-2.0
// Reads the configuration file through the table of keys, checks it as a whole and prints the table for people.
#include "hss/app/config.h"

#include "hss/app/config_keys.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string_view>

namespace hss::app {
namespace {

constexpr std::string_view credential_prefix = "credential:";  // of systemd, as in pin_file = "credential:NAME"
constexpr std::uint8_t separation_bit = 0x80;                  // of the AMF's first octet (TS 33.102 Annex H)

std::string full_name(const ConfigKey& key) { return std::string(key.table) + "." + std::string(key.name); }

// The faults of one file with their places, and the places of what was read.
class Findings {
 public:
  explicit Findings(std::filesystem::path file) : file_(std::move(file)) {}

  void saw(const std::string& name, const toml::node& node) { lines_[name] = node.source().begin.line; }
  [[nodiscard]] bool has(const std::string& name) const { return lines_.contains(name); }

  // At the place of `name`, or of the table that holds it, or at the file's beginning.
  void add(const std::string& name, const std::string& fault) {
    std::string at = name;
    while (!at.empty() && !lines_.contains(at)) at = parent(at);
    faults_.emplace(at.empty() ? 1 : lines_.at(at), name + ": " + fault);
  }

  void throw_any() const {
    std::string all;
    for (const auto& [line, fault] : faults_) {
      if (!all.empty()) all += '\n';
      all.append(file_.string()).append(":").append(std::to_string(line)).append(": ").append(fault);
    }
    if (!all.empty()) throw ConfigError(all);
  }

 private:
  static std::string parent(const std::string& name) {
    const auto dot = name.rfind('.');
    return dot == std::string::npos ? "" : name.substr(0, dot);
  }

  std::filesystem::path file_;
  std::map<std::string, std::size_t> lines_;
  std::multimap<std::size_t, std::string> faults_;  // by line
};

const ConfigKey* find_key(const std::string& name) {
  const auto& keys = config_keys();
  const auto found = std::ranges::find(keys, name, full_name);
  return found == keys.end() ? nullptr : &*found;
}

bool is_table(const std::string& name) {
  return std::ranges::any_of(
      config_keys(), [&](const ConfigKey& key) { return key.table == name || key.table.starts_with(name + "."); });
}

// What may stand in a table; of the whole file for the empty name.
std::string known_in(const std::string& table) {
  std::string known;
  const auto append = [&](std::string_view name) { known += (known.empty() ? "" : ", ") + std::string(name); };
  std::string_view last;
  for (const auto& key : config_keys()) {
    if (table.empty() && key.table != last) append("[" + std::string(key.table) + "]");
    if (!table.empty() && key.table == table) append(key.name);
    last = key.table;
  }
  return known;
}

void read_table(const toml::table& table, const std::string& prefix, Config& config, Findings& findings) {
  for (const auto& [toml_key, node] : table) {
    const std::string name = (prefix.empty() ? "" : prefix + ".") + std::string(toml_key.str());
    findings.saw(name, node);
    if (const ConfigKey* key = find_key(name)) {
      const ValueFault fault = key->value.read(node, config);
      if (fault) findings.add(name, *fault + ", allowed is " + key->value.allowed);
    } else if (!is_table(name)) {
      findings.add(name, "unknown, allowed is " + known_in(prefix));
    } else if (const auto* inner = node.as_table()) {
      read_table(*inner, name, config, findings);
    } else {
      findings.add(name, "is not a table, allowed is " + known_in(name));
    }
  }
}

void check_required(Findings& findings) {
  for (const auto& key : config_keys()) {
    const std::string name = full_name(key);
    if (key.required && !findings.has(name)) findings.add(name, "missing, required is " + key.value.allowed);
  }
}

void check_ranges(const Config& config, Findings& findings) {
  const auto& ranges = config.sqn.policy.ranges;
  const std::string place = findings.has("sqn.ranges") ? "sqn.ranges" : "sqn.ind_bits";
  if (std::ranges::none_of(ranges, [](const auto& range) { return range.has_value(); })) {
    findings.add(place, "no domain has an index range, at least one is needed");
  } else if (const auto fault = auc::fault_in(config.sqn.policy)) {
    findings.add(place, *fault + ", allowed are disjoint ranges inside 0..2^ind_bits-1");
  }
}

// Neither vectors of IMS nor those of GBA are for EPS.
void check_amf(const Config& config, Findings& findings) {
  for (const auto domain : {auc::Domain::ims, auc::Domain::gba}) {
    if ((config.authentication.amf[static_cast<std::size_t>(domain)].octets[0] & separation_bit) != 0) {
      findings.add("authentication.amf." + std::string(auc::name(domain)),
                   "has the separation bit, allowed is 0000..7fff (TS 33.102 Annex H)");
    }
  }
}

void check_retry(const Config& config, Findings& findings) {
  if (config.token.retry_min <= config.token.retry_max) return;
  findings.add(findings.has("token.retry_max_ms") ? "token.retry_max_ms" : "token.retry_min_ms",
               "retry_min_ms is above retry_max_ms, allowed is at most that");
}

std::filesystem::path beside(const std::filesystem::path& file, const std::filesystem::path& path) {
  return path.empty() || path.is_absolute() ? path : file.parent_path() / path;
}

void place_witness(const std::filesystem::path& file, Config& config) {
  const char* directory = std::getenv("STATE_DIRECTORY");
  if (config.sqn.witness.empty() && directory != nullptr && *directory != '\0') {
    const std::string_view names(directory);  // several are separated by colons
    config.sqn.witness = std::filesystem::path(names.substr(0, names.find(':'))) / "lead";
  }
  config.sqn.witness = beside(file, config.sqn.witness);
}

// Credential names become paths inside one directory, so they must not lead out of it.
void place_secret(const std::string& key, const std::filesystem::path& file, std::filesystem::path& secret,
                  Findings& findings) {
  const std::string given = secret.string();
  if (!given.starts_with(credential_prefix)) {
    secret = beside(file, secret);
    return;
  }
  const std::string name = given.substr(credential_prefix.size());
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (name.empty() || name.find('/') != std::string::npos || name == "." || name == "..") {
    findings.add(key, "names no credential, allowed is credential:NAME with a plain file name");
  } else if (directory == nullptr || *directory == '\0') {
    findings.add(key, "CREDENTIALS_DIRECTORY is not set, required is a service manager that sets it");
  } else {
    secret = std::filesystem::path(directory) / name;
  }
}

// Half of TLS would be none.
void check_tls(const TlsConfig& tls, Findings& findings) {
  const bool is_on = !tls.certificate.empty();
  for (const auto& [name, path] : {std::pair{"key", &tls.key}, std::pair{"ca", &tls.ca}}) {
    if (path->empty() == is_on) {
      findings.add("diameter.tls." + std::string(name), is_on ? "missing, required beside diameter.tls.certificate"
                                                              : "of no use without diameter.tls.certificate");
    }
  }
}

void place_tls(const std::filesystem::path& file, TlsConfig& tls, Findings& findings) {
  for (auto* path : {&tls.certificate, &tls.ca, &tls.crl}) *path = beside(file, *path);
  place_secret("diameter.tls.key", file, tls.key, findings);
}

void place_files(const std::filesystem::path& file, Config& config, Findings& findings) {
  config.log.file = beside(file, config.log.file);
  if (config.token.module.find('/') != std::string::npos) config.token.module = beside(file, config.token.module);
  place_witness(file, config);
  place_secret("token.pin_file", file, config.token.pin_file, findings);
  place_tls(file, config.diameter.tls, findings);
}

toml::table parse(const std::filesystem::path& file) {
  if (!std::ifstream(file)) {  // access() would leave out capabilities
    throw ConfigError(file.string() + ": " + std::strerror(errno) + "; the configuration must be there, and user id " +
                      std::to_string(::geteuid()) + " read it");
  }
  try {
    return toml::parse_file(file.string());
  } catch (const toml::parse_error& error) {
    const auto line = std::max<std::size_t>(error.source().begin.line, 1);
    throw ConfigError(file.string() + ":" + std::to_string(line) + ": " + std::string(error.description()));
  }
}

std::string escaped(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, 1, '\\');
  return text;
}

constexpr std::string_view introduction = R"(# Configuration

The server and the tool `quintet` read one TOML file. An unknown key, a value of another type or one out of range stops
the start with file and line. Relative paths are relative to the file's folder. This page is what `quintet config
describe` prints.
)";

}  // namespace

Config read_config(const std::filesystem::path& file) {
  Findings findings(file);
  const toml::table root = parse(file);
  Config config;
  // A table of ranges says all: domains that it leaves out are another AuC's.
  if (root.at_path("sqn.ranges").is_table()) config.sqn.policy.ranges = {};
  read_table(root, "", config, findings);
  check_required(findings);
  findings.throw_any();  // what follows would only repeat it
  check_ranges(config, findings);
  check_amf(config, findings);
  check_retry(config, findings);
  check_tls(config.diameter.tls, findings);
  place_files(file, config, findings);
  findings.throw_any();
  return config;
}

void describe_config(std::ostream& out) {
  out << introduction;
  std::string_view table;
  for (const auto& key : config_keys()) {
    if (key.table != table) {
      out << "\n## [" << key.table << "]\n\n";
      if (key.table == "sqn.ranges") out << "If this table is given, domains that it does not name are not served.\n\n";
      out << "| key | value | default | meaning |\n|---|---|---|---|\n";
    }
    table = key.table;
    const std::string standard = key.value.standard.empty() ? "" : "`" + key.value.standard + "`";
    out << "| `" << key.name << "` | " << escaped(key.value.allowed) << " | " << (key.required ? "required" : standard)
        << " | " << escaped(std::string(key.doc)) << " |\n";
  }
}

}  // namespace hss::app
