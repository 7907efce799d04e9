// SPDX-License-Identifier: Apache-2.0
// The numbered steps of the schema: which a folder holds, which a database has, and how the missing ones are applied.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hss::pg {

struct SchemaStep {
  int number = 0;
  std::filesystem::path file;
};

// The schema version this build was made for: the highest number among schema/NNNN_*.sql.
int expected_schema_version() noexcept;

// Those of a folder in their order, which begins at 1 and has no gap. Throws StoreError (config) when it is otherwise.
std::vector<SchemaStep> schema_steps(const std::filesystem::path& folder);

// The database that a connection string names: its dbname, else PGDATABASE, else "quintet".
std::string database_name(const std::string& conninfo);

// One connection of an operator who owns the schema, past the gate that only a finished schema lets through. It waits
// for each statement as long as that takes. All throw StoreError with PostgreSQL's own words.
class SchemaAdmin {
 public:
  // `database`: another one of the same server than that of the connection string; empty: that one.
  explicit SchemaAdmin(const std::string& conninfo, const std::string& database = "");
  ~SchemaAdmin();
  SchemaAdmin(const SchemaAdmin&) = delete;
  SchemaAdmin& operator=(const SchemaAdmin&) = delete;

  int version();  // the highest step that it has; 0: none

  // Roles, then the steps that are missing, each in one transaction; others who do the same wait. `tell` hears of each
  // before it is applied. Changes nothing when the database has a higher step than the folder.
  void migrate(const std::filesystem::path& folder, const std::function<void(const SchemaStep&)>& tell);

  // False: it exists, and is left as it is.
  bool create_database(const std::string& name);
  bool create_login(const std::string& name);  // of a server, without a password

 private:
  class Link;
  std::unique_ptr<Link> link_;
};

}  // namespace hss::pg
