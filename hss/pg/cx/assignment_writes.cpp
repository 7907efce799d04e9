// SPDX-License-Identifier: Apache-2.0
// Writing what a batch of Server-Assignments changed, in array statements.
#include "hss/pg/cx/assignment_writes.h"

#include "hss/pg/cx/columns.h"
#include "hss/pg/cx/subscription_rows.h"
#include "hss/pg/cx/told_form.h"
#include "hss/pg/outbox.h"
#include "hss/pg/words.h"

#include <array>
#include <string_view>
#include <utility>

namespace hss::pg {
namespace {

constexpr Statements statements{std::array{
    Statement{"write_sets",
              "UPDATE registration_set SET state = v.state::registration_state, generation = generation + 1, "
              "assigned_at = now()"
              " FROM unnest($1::bigint[], $2::text[]) AS v (id, state) WHERE registration_set.id = v.id"},
    Statement{"write_associations",
              "UPDATE impi_set SET auth_pending = v.pending, registered = v.registered,"
              " restoration_unannounced = v.unannounced, pending_since = least(impi_set.pending_since, now()),"
              " generation = impi_set.generation + v.assigned::integer,"
              " assigned_at = CASE WHEN v.assigned THEN now() ELSE impi_set.assigned_at END"
              " FROM unnest($1::bigint[], $2::bigint[], $3::boolean[], $4::boolean[], $5::boolean[], $6::boolean[])"
              " AS v (impi_id, set_id, pending, registered, unannounced, assigned)"
              " WHERE impi_set.impi_id = v.impi_id AND impi_set.set_id = v.set_id"},
    Statement{
        "write_told",
        "UPDATE impi_set SET told = v.told, told_revision = v.revision, told_form = v.form,"
        " told_default = v.default_identity, told_unasked = v.unasked"
        " FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bigint[], $5::smallint[], $6::text[], $7::boolean[])"
        " AS v (impi_id, set_id, told, revision, form, default_identity, unasked)"
        " WHERE impi_set.impi_id = v.impi_id AND impi_set.set_id = v.set_id"},
    Statement{"forget_told",
              "UPDATE impi_set SET told = NULL, told_revision = NULL"
              " WHERE impi_id = $1::bigint AND set_id = $2::bigint AND told = $3::bytea"},
    Statement{"forget_restoration",
              "DELETE FROM restoration_contact WHERE ctid = ANY (ARRAY ("
              "SELECT c.ctid FROM unnest($1::bigint[], $2::bigint[]) AS v (impi_id, set_id) CROSS JOIN LATERAL"
              " (SELECT ctid FROM restoration_contact WHERE impi_id = v.impi_id AND set_id = v.set_id OFFSET 0) c))"},
    Statement{"write_restoration",
              "INSERT INTO restoration_contact (impi_id, set_id, position, cseq, registration_time_out, scheme, path,"
              " contact, call_id, subscription_call_id, subscription_from, subscription_to, subscription_route,"
              " subscription_contact, p_cscf_call_id, p_cscf_from, p_cscf_to, p_cscf_contact)"
              " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[],"
              " $7::bytea[], $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[], $13::bytea[],"
              " $14::bytea[], $15::bytea[], $16::bytea[], $17::bytea[], $18::bytea[])"},
    // Sorted by the caller. An identifier that a peer uses again before its row is forgotten means the newer request.
    Statement{"write_requests_seen",
              "INSERT INTO request_seen (origin_host, end_to_end, asked, outcome)"
              " SELECT host, id, sha256(convert_to(asked, 'UTF8')), outcome"
              " FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) AS r (host, id, asked, outcome)"
              " ON CONFLICT (origin_host, end_to_end)"
              " DO UPDATE SET asked = excluded.asked, outcome = excluded.outcome, seen_at = now()"},
    // RFC 6733 3: an End-to-End Identifier stays unique for four minutes. Small steps; nobody is waited for. What a
    // clock that was ahead once has left in the future goes as well.
    Statement{"forget_requests_seen",
              "DELETE FROM request_seen WHERE ctid = ANY (ARRAY ("
              "SELECT ctid FROM request_seen WHERE seen_at < now() - interval '5 minutes'"
              " ORDER BY seen_at LIMIT 1000 FOR UPDATE SKIP LOCKED) || ARRAY ("
              "SELECT ctid FROM request_seen WHERE seen_at > now() + interval '5 minutes'"
              " ORDER BY seen_at DESC LIMIT 1000 FOR UPDATE SKIP LOCKED))"},
}};

using Octets = std::optional<std::string_view>;

template <typename Row, typename Wanted>
std::vector<const Row*> choose(const AssignmentRows& rows, std::vector<Row> AssignedSubscription::*of, Wanted wanted) {
  std::vector<const Row*> out;
  for (const AssignedSubscription& subscription : rows.subscriptions) {
    for (const Row& row : subscription.*of) {
      if (wanted(row)) {
        out.push_back(&row);
      }
    }
  }
  return out;
}

Write write_of(const Statement* statement, std::optional<std::size_t> rows) { return {{statement, {}}, rows}; }

void write_sets(const AssignmentRows& rows, std::vector<Write>& writes) {
  const auto sets = choose(rows, &AssignedSubscription::sets, [](const AssignmentSetRow& row) { return row.changed; });
  if (sets.empty()) {
    return;
  }
  Write write = write_of(statements["write_sets"], sets.size());
  add(write.command.params, sets, [](const AssignmentSetRow* row) { return row->id; });
  add(write.command.params, sets, [](const AssignmentSetRow* row) { return word_of(row->state); });
  writes.push_back(std::move(write));
}

std::int64_t impi_id_of(const AssociationRow* row) { return row->impi_id; }
std::int64_t set_id_of(const AssociationRow* row) { return row->set_id; }

void write_associations(const AssignmentRows& rows, std::vector<Write>& writes) {
  const auto associations =
      choose(rows, &AssignedSubscription::associations, [](const AssociationRow& row) { return row.changed; });
  if (associations.empty()) {
    return;
  }
  Write write = write_of(statements["write_associations"], associations.size());
  Params& params = write.command.params;
  add(params, associations, impi_id_of);
  add(params, associations, set_id_of);
  add_flags(params, associations, [](const AssociationRow* row) { return row->auth_pending; });
  add_flags(params, associations, [](const AssociationRow* row) { return row->registered; });
  add_flags(params, associations, [](const AssociationRow* row) { return row->restoration_unannounced; });
  add_flags(params, associations, [](const AssociationRow* row) { return row->assigned; });
  writes.push_back(std::move(write));
}

// A contact of restoration information on its way to be a row.
struct ContactRow {
  const AssociationRow* association;
  std::int64_t position;
  const RestorationContact* contact;
};

std::vector<ContactRow> contacts_of(const std::vector<const AssociationRow*>& associations) {
  std::vector<ContactRow> out;
  for (const AssociationRow* row : associations) {
    for (std::size_t i = 0; row->restoration && i < row->restoration->contacts.size(); ++i) {
      out.push_back({row, static_cast<std::int64_t>(i + 1), &row->restoration->contacts[i]});
    }
  }
  return out;
}

using DialogField = std::string RestorationDialog::*;
using DialogOf = std::optional<RestorationDialog> RestorationContact::*;

void add_dialog(Params& params, const std::vector<ContactRow>& rows, DialogOf of, std::span<const DialogField> fields) {
  for (const DialogField field : fields) {
    const auto values = column(rows, [&](const ContactRow& row) {
      const auto& dialog = row.contact->*of;
      return dialog ? Octets((*dialog).*field) : Octets();
    });
    params.add_octets(values);
  }
}

constexpr std::array<DialogField, 5> with_route{&RestorationDialog::call_id, &RestorationDialog::from,
                                                &RestorationDialog::to, &RestorationDialog::record_route,
                                                &RestorationDialog::contact};
constexpr std::array<DialogField, 4> without_route{&RestorationDialog::call_id, &RestorationDialog::from,
                                                   &RestorationDialog::to, &RestorationDialog::contact};

std::optional<std::int64_t> widened(const std::optional<std::uint32_t>& value) {
  return value ? std::optional<std::int64_t>(*value) : std::nullopt;
}

Octets view(const std::optional<std::string>& text) { return text ? Octets(*text) : Octets(); }
Octets view_of(const std::string& text) { return text.empty() ? Octets() : Octets(text); }

void insert_restoration(const std::vector<ContactRow>& rows, std::vector<Write>& writes) {
  if (rows.empty()) {
    return;
  }
  Write write = write_of(statements["write_restoration"], rows.size());
  Params& params = write.command.params;
  add(params, rows, [](const ContactRow& row) { return row.association->impi_id; });
  add(params, rows, [](const ContactRow& row) { return row.association->set_id; });
  add(params, rows, [](const ContactRow& row) { return row.position; });
  add(params, rows, [](const ContactRow& row) { return widened(row.contact->cseq); });
  add(params, rows, [](const ContactRow& row) { return widened(row.association->restoration->registration_time_out); });
  add(params, rows, [](const ContactRow& row) { return view(row.association->restoration->scheme); });
  params.add_octets(column(rows, [](const ContactRow& row) { return Octets(row.contact->path); }));
  params.add_octets(column(rows, [](const ContactRow& row) { return Octets(row.contact->contact); }));
  params.add_octets(column(rows, [](const ContactRow& row) { return view(row.contact->call_id); }));
  add_dialog(params, rows, &RestorationContact::subscription, with_route);
  add_dialog(params, rows, &RestorationContact::p_cscf_subscription, without_route);
  writes.push_back(std::move(write));
}

void write_restoration(const AssignmentRows& rows, std::vector<Write>& writes) {
  const auto associations = choose(rows, &AssignedSubscription::associations,
                                   [](const AssociationRow& row) { return row.restoration_changed; });
  if (associations.empty()) {
    return;
  }
  Write forget = write_of(statements["forget_restoration"], std::nullopt);  // there need not have been any
  add(forget.command.params, associations, impi_id_of);
  add(forget.command.params, associations, set_id_of);
  writes.push_back(std::move(forget));
  insert_restoration(contacts_of(associations), writes);
}

void write_seen(std::span<const AssignmentWrites::Seen> seen, std::vector<Write>& writes) {
  if (seen.empty()) {
    return;
  }
  const std::vector<AssignmentWrites::Seen> rows(seen.begin(), seen.end());
  Write write = write_of(statements["write_requests_seen"], rows.size());
  Params& params = write.command.params;
  add(params, rows, [](const AssignmentWrites::Seen& row) { return std::string_view(row.host); });
  add(params, rows, [](const AssignmentWrites::Seen& row) { return static_cast<std::int64_t>(row.end_to_end); });
  add(params, rows, [](const AssignmentWrites::Seen& row) { return std::string_view(row.asked); });
  add(params, rows, [](const AssignmentWrites::Seen& row) { return code_of(row.outcome).name; });
  writes.push_back(std::move(write));
}

}  // namespace

std::span<const Statement> assignment_write_statements() { return statements; }

Command forget_told_command(const AssociationRow& told) {
  Command out{statements["forget_told"], {}};
  out.params.add(told.impi_id);
  out.params.add(told.set_id);
  out.params.add(told.told.digest);
  return out;
}

Command forget_requests_command() { return {statements["forget_requests_seen"], {}}; }

std::vector<Write> told_writes(std::span<const AssociationRow> told) {
  if (told.empty()) {
    return {};
  }
  const std::vector<AssociationRow> rows(told.begin(), told.end());
  Write write = write_of(statements["write_told"], std::nullopt);  // the association may be gone
  add(write.command.params, rows, [](const AssociationRow& row) { return row.impi_id; });
  add(write.command.params, rows, [](const AssociationRow& row) { return row.set_id; });
  Params& params = write.command.params;
  params.add_octets(column(
      rows, [](const AssociationRow& row) { return row.told.digest.empty() ? Octets() : Octets(row.told.digest); }));
  add(params, rows, [](const AssociationRow& row) {
    return row.told.digest.empty() ? std::optional<std::int64_t>() : std::optional(row.told.revision);
  });
  add(params, rows, [](const AssociationRow& row) { return number_of(row.told.form); });
  add(params, rows, [](const AssociationRow& row) { return view_of(row.told.default_identity); });
  add_flags(params, rows, [](const AssociationRow& row) { return row.told.is_unasked; });
  return {std::move(write)};
}

std::vector<Write> writes_of(const AssignmentRows& rows, const AssignmentWrites& writes) {
  std::vector<Write> out;
  std::vector<const SubscriptionRow*> subscriptions;
  for (const AssignedSubscription& subscription : rows.subscriptions) {
    subscriptions.push_back(&subscription.row);
  }
  if (auto write = subscription_write(subscriptions)) {
    out.push_back(std::move(*write));
  }
  write_sets(rows, out);
  write_associations(rows, out);
  write_restoration(rows, out);
  if (!writes.pushes.empty()) {
    out.push_back({write_pushes_command(writes.pushes), writes.pushes.size()});
  }
  write_seen(writes.seen, out);
  return out;
}

}  // namespace hss::pg
