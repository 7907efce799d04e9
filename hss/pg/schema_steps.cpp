// SPDX-License-Identifier: Apache-2.0
// Steps are files of SQL that go to the server as they are, each within a transaction that also notes its number.
#include "hss/pg/schema_steps.h"

#include "hss/pg/connect.h"
#include "hss/pg/options.h"
#include "hss/pg/result.h"
#include "hss/store_error.h"

#include <libpq-fe.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

namespace hss::pg {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds connect_patience{10};
constexpr std::size_t digits = 4;

// NNNN_name.sql; 0: something else.
int number_of(const fs::path& file) {
  const std::string name = file.filename().string();
  const bool is_step = name.size() > digits && name[digits] == '_' && file.extension() == ".sql" &&
                       std::all_of(name.begin(), name.begin() + digits,
                                   [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
  return is_step ? std::stoi(name.substr(0, digits)) : 0;
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in || text.empty()) throw StoreError(StoreFailure::config, file.string() + " cannot be read, or is empty");
  return text;
}

struct FreeOptions {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};
using ConninfoOptions = std::unique_ptr<PQconninfoOption, FreeOptions>;

ConninfoOptions parsed(const std::string& conninfo) {
  ConninfoOptions options(PQconninfoParse(conninfo.c_str(), nullptr));
  if (!options) {
    throw StoreError(StoreFailure::config,
                     "the connection string is neither keywords nor a URI that libpq understands");
  }
  return options;
}

std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// The same server, with that database.
std::string with_database(const std::string& conninfo, const std::string& database) {
  const ConninfoOptions options = parsed(conninfo);
  std::string out = "dbname=" + in_quotes(database);
  for (const PQconninfoOption* one = options.get(); one->keyword != nullptr; ++one) {
    if (one->val == nullptr || std::string_view(one->keyword) == "dbname") continue;
    out.append(" ").append(one->keyword).append("=").append(in_quotes(one->val));
  }
  return out;
}

}  // namespace

int expected_schema_version() noexcept { return QUINTET_SCHEMA_VERSION; }

std::vector<SchemaStep> schema_steps(const fs::path& folder) {
  std::vector<SchemaStep> out;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (const int number = number_of(entry.path()); number > 0) out.push_back({number, entry.path()});
  }
  std::ranges::sort(out, {}, &SchemaStep::number);
  if (out.empty()) throw StoreError(StoreFailure::config, "no steps of the schema are in " + folder.string());
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i].number != static_cast<int>(i) + 1) {
      throw StoreError(StoreFailure::config, folder.string() + ": step " + std::to_string(i + 1) +
                                                 " of the schema is missing or there twice");
    }
  }
  return out;
}

std::string database_name(const std::string& conninfo) {
  const ConninfoOptions options = parsed(conninfo);
  for (const PQconninfoOption* one = options.get(); one->keyword != nullptr; ++one) {
    if (std::string_view(one->keyword) == "dbname" && one->val != nullptr) return one->val;
  }
  const char* inherited = std::getenv("PGDATABASE");
  return inherited != nullptr && *inherited != '\0' ? inherited : "quintet";
}

class SchemaAdmin::Link {
 public:
  // What already is as it should be is not worth a word.
  explicit Link(const std::string& conninfo) : connection_(open(conninfo)) {
    run("SET client_min_messages = warning", "opening a session");
  }

  // Any number of statements; the result of the last one. `what` names them in errors.
  Result run(const std::string& sql, const std::string& what) {
    Result result(PQexec(connection_.get(), sql.c_str()), "schema");
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) return result;
    const bool is_lost = PQstatus(connection_.get()) != CONNECTION_OK;
    std::string why = is_lost ? PQerrorMessage(connection_.get()) : PQresultErrorMessage(result.get());
    while (!why.empty() && why.back() == '\n') why.pop_back();
    throw StoreError(is_lost ? StoreFailure::unavailable : StoreFailure::refused, what + ": " + why);
  }

  std::string value(const std::string& sql, const std::string& what) {
    const Result result = run(sql, what);
    return result.rows() == 0 ? "" : PQgetvalue(result.get(), 0, 0);
  }

  // As a name, or as a text, with quotes.
  std::string name(const std::string& text) {
    return freed(PQescapeIdentifier(connection_.get(), text.data(), text.size()));
  }
  std::string literal(const std::string& text) {
    return freed(PQescapeLiteral(connection_.get(), text.data(), text.size()));
  }

 private:
  static ConnectionHandle open(const std::string& conninfo) {
    Options options;
    options.conninfo = conninfo;
    return connect(options, std::chrono::steady_clock::now() + connect_patience);
  }
  static std::string freed(char* quoted) {
    if (quoted == nullptr) throw StoreError(StoreFailure::config, "a name is no UTF-8");
    std::string out = quoted;
    PQfreemem(quoted);
    return out;
  }

  ConnectionHandle connection_;
};

SchemaAdmin::SchemaAdmin(const std::string& conninfo, const std::string& database)
    : link_(std::make_unique<Link>(with_database(conninfo, database.empty() ? database_name(conninfo) : database))) {}

SchemaAdmin::~SchemaAdmin() = default;

int SchemaAdmin::version() {
  const std::string what = "reading the schema's version";
  if (link_->value("SELECT to_regclass('quintet.schema_version')", what).empty()) return 0;
  return std::stoi(link_->value("SELECT coalesce(max(version), 0) FROM quintet.schema_version", what));
}

// The lock is the session's: whoever waits for it finds the work done, and the end of the connection frees it.
void SchemaAdmin::migrate(const fs::path& folder, const std::function<void(const SchemaStep&)>& tell) {
  const auto steps = schema_steps(folder);
  link_->run("SELECT pg_advisory_lock(7451)", "waiting for another migration");
  const int current = version();
  if (current > steps.back().number) {
    throw StoreError(StoreFailure::config, "the database has schema version " + std::to_string(current) +
                                               ", newer than the steps in " + folder.string() + " (" +
                                               std::to_string(steps.back().number) + "); nothing was changed");
  }
  link_->run(text_of(folder / "roles.sql"), "roles.sql");
  for (const SchemaStep& step : steps) {
    if (step.number <= current) continue;
    tell(step);
    const std::string number = std::to_string(step.number);
    link_->run("BEGIN;\n" + text_of(step.file) + "\n;INSERT INTO quintet.schema_version (version) VALUES (" + number +
                   "); COMMIT",
               step.file.filename().string());
  }
}

bool SchemaAdmin::create_database(const std::string& name) {
  const std::string what = "creating the database " + name;
  if (!link_->value("SELECT 1 FROM pg_database WHERE datname = " + link_->literal(name), what).empty()) return false;
  link_->run("CREATE DATABASE " + link_->name(name) + " ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0", what);
  return true;
}

bool SchemaAdmin::create_login(const std::string& name) {
  const std::string what = "creating the login " + name;
  const bool is_new = link_->value("SELECT 1 FROM pg_roles WHERE rolname = " + link_->literal(name), what).empty();
  if (is_new) link_->run("CREATE ROLE " + link_->name(name) + " LOGIN", what);
  link_->run("GRANT quintet_server TO " + link_->name(name), what);
  return is_new;
}

}  // namespace hss::pg
