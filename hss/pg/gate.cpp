// SPDX-License-Identifier: Apache-2.0
// Checks in the order in which they make sense; the statements are few and run once per connection.
#include "hss/pg/gate.h"

#include "auc/sqn.h"
#include "hsm/base/log.h"
#include "hss/pg/connection.h"
#include "hss/pg/cursor.h"
#include "hss/pg/schema_steps.h"
#include "hss/pg/witness.h"

#include <cstdlib>
#include <string_view>
#include <utility>

namespace hss::pg {
namespace {

#define QUINTET_IDENTITY(table)                                                                               \
  "ROW (" table ".system_identifier, " table ".timeline, " table ".database_oid, " table ".table_oid, " table \
  ".table_filenode, " table ".server_start)"

std::uint64_t number(std::string_view text) { return std::strtoull(std::string(text).c_str(), nullptr, 10); }

std::string literal(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

// What cluster remembers, as one word.
#define QUINTET_WORD                                                                                         \
  "concat_ws('/', system_identifier, timeline, database_oid, table_oid, table_filenode, extract(epoch FROM " \
  "server_start))"

// Somebody without this witness has met another incarnation first, and leapt only to where a leap has led before.
std::string leapt_without_us(const std::optional<Witness::Sight>& sight) {
  if (!sight) return "";
  return " OR seq_lead <= " + std::to_string(sight->lead) + " AND " + literal(sight->incarnation) +
         " <> (SELECT " QUINTET_WORD " FROM quintet.cluster)";
}

Passage passage_in(const Result& now, std::string& incarnation) {
  Cursor row(now);
  row.next();
  Passage out;
  out.lead = number(row.take<std::string_view>());
  if (const auto bits = row.take<std::string_view>(); !bits.empty()) {
    out.ind_bits = static_cast<std::int64_t>(number(bits));
  }
  out.table_oid = static_cast<std::int64_t>(number(row.take<std::string_view>()));
  out.table_filenode = static_cast<std::int64_t>(number(row.take<std::string_view>()));
  row.read(incarnation);
  return out;
}

}  // namespace

Gate::Gate(Connection& connection, const Options& options) : connection_(connection), options_(options) {
  check_durability();
  check_schema();
  leap_if_needed();
  check_ind_bits();
  compare_policy();
}

std::string Gate::text_of(const char* sql) {
  const Result result = connection_.execute(sql);
  Cursor row(result);
  return row.next() ? row.take<std::string>() : std::string();
}

void Gate::check_durability() {
  const Result settings = connection_.execute(
      "SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')");
  Cursor row(settings);
  row.next();
  for (const char* name : {"fsync", "full_page_writes"}) {
    if (row.take<std::string_view>() != "on") {
      throw StoreError(StoreFailure::config, std::string("the database runs with ") + name +
                                                 "=off and may forget committed sequence numbers; set it to on");
    }
  }
  if (row.take<std::string_view>() != "remote_apply") {  // the only stronger one
    connection_.execute("SET synchronous_commit = on");
  }
}

void Gate::check_schema() {
  const std::string found = text_of("SELECT max(version)::text FROM quintet.schema_version");
  if (found != std::to_string(expected_schema_version())) {
    throw StoreError(StoreFailure::config, "the database has schema version " + (found.empty() ? "none" : found) +
                                               ", this server needs " + std::to_string(expected_schema_version()) +
                                               "; run quintet db migrate");
  }
}

// The highest lead that row, process and witness know of, and a jump more: a leap from an old lead would land where an
// earlier one has landed.
void Gate::leap_if_needed() {
  const Result found = connection_.execute("SELECT id::text FROM quintet.cluster");
  if (found.rows() != 1) {
    throw StoreError(StoreFailure::config, "the table quintet.cluster has no row: sequence numbers were removed");
  }
  Cursor id(found);
  id.next();
  id.read(cluster_);
  Witness& witness = witness_at(options_.witness);
  const auto sight = witness.of(cluster_);
  const std::string seen = std::to_string(sight ? sight->lead : 0);
  const std::string raise =
      "UPDATE quintet.cluster SET system_identifier = now.system_identifier, timeline = now.timeline,"
      " database_oid = now.database_oid, table_oid = now.table_oid, table_filenode = now.table_filenode,"
      " server_start = now.server_start, seq_lead = greatest(seq_lead, " +
      seen + ") + " + std::to_string(options_.lead_jump) +
      " FROM quintet.incarnation() AS now WHERE " QUINTET_IDENTITY("cluster") " IS DISTINCT FROM " QUINTET_IDENTITY(
          "now") " OR seq_lead < " +
      seen + leapt_without_us(sight) + " RETURNING cluster.timeline::text, seq_lead::text";
  const Result raised = connection_.execute(raise.c_str());
  if (Cursor row(raised); row.next()) {
    const auto timeline = row.take<std::string_view>();
    base::log(base::event("seq_lead_raised"), "",
              "timeline={} seq_lead={} reason=\"another incarnation of the database, or an older lead\"", timeline,
              row.take<std::string_view>());
    warn_of_far_cards();
  }
  const Result now = connection_.execute(
      "SELECT seq_lead::text, coalesce(ind_bits::text, ''), table_oid::text, table_filenode::text, " QUINTET_WORD
      " FROM quintet.cluster");
  passage_ = passage_in(now, incarnation_);
  witness.raise(cluster_, {passage_.lead, incarnation_});
}

// A leap is never refused: repeated numbers are worse than cards that need help.
void Gate::warn_of_far_cards() {
  const std::string far = text_of(
      ("SELECT count(*)::text FROM quintet.sqn_state WHERE (SELECT seq_lead FROM quintet.cluster) - seq_lead > " +
       std::to_string(auc::seq_delta / 2))
          .c_str());
  if (far != "0") {
    base::log(base::event("seq_lead_far"), "",
              "cards={} hint=\"they are about to leap by more than half of Delta; a card that a leap beyond "
              "Delta has left behind is brought back by quintet sqn return\"",
              far);
  }
}

void Gate::check_ind_bits() {
  if (passage_.ind_bits && *passage_.ind_bits != static_cast<std::int64_t>(options_.ind_bits)) {
    throw StoreError(StoreFailure::config,
                     "sqn.ind_bits is " + std::to_string(options_.ind_bits) +
                         ", but the numbers of this database have an "
                         "IND of " +
                         std::to_string(*passage_.ind_bits) +
                         " bits, as its cards have: with another length numbers would be issued twice");
  }
}

// Nodes that differ in profile or ranges repeat nothing, but cards may refuse what one of them issues.
void Gate::compare_policy() {
  const std::string ours = literal(options_.policy);
  const std::string before = text_of("SELECT coalesce(policy, '') FROM quintet.cluster");
  if (before == options_.policy) {
    return;
  }
  if (!before.empty()) {
    base::log(base::event("sqn_policy_differs"), "",
              "here=\"{}\" before=\"{}\" hint=\"all nodes on one database need the same [sqn]\"", options_.policy,
              before);
  }
  connection_.execute(("UPDATE quintet.cluster SET policy = " + ours).c_str());
}

void Gate::check(const Passage& now) {
  const bool is_other_table = now.table_oid != passage_.table_oid || now.table_filenode != passage_.table_filenode;
  const bool is_other_ind = now.ind_bits && *now.ind_bits != static_cast<std::int64_t>(options_.ind_bits);
  if (is_other_table || is_other_ind || now.lead < passage_.lead) {
    connection_.end("sequence numbers were restored or changed under this connection");
  }
  if (now.lead > passage_.lead) {
    witness_at(options_.witness).raise(cluster_, {now.lead, incarnation_});
    passage_.lead = now.lead;
  }
}

#undef QUINTET_WORD
#undef QUINTET_IDENTITY

}  // namespace hss::pg
