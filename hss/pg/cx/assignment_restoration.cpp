// SPDX-License-Identifier: Apache-2.0
// What S-CSCFs left for restoration, read for the members of a batch that may see it.
#include "hss/pg/cx/assignment_restoration.h"

#include "hss/pg/cursor.h"
#include "hss/pg/cx/assignment_subscriptions.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace hss::pg {
namespace {

// The table comes and goes, and may still be empty when the plan is made. It stands in a subquery with OFFSET: so it is
// looked up for each row, and never scanned.
constexpr Statements statements{std::array{
    Statement{"read_restoration",
              "SELECT s.id, i.id, c.set_id, i.identity, c.path, c.contact, c.cseq, c.call_id,"
              " c.subscription_call_id, c.subscription_from, c.subscription_to, c.subscription_route,"
              " c.subscription_contact, c.p_cscf_call_id, c.p_cscf_from, c.p_cscf_to, c.p_cscf_contact,"
              " c.registration_time_out, c.scheme"
              " FROM " QUINTET_SUBSCRIPTIONS " JOIN impi i ON i.subscription_id = s.id CROSS JOIN LATERAL"
              " (SELECT * FROM restoration_contact WHERE impi_id = i.id OFFSET 0) c"
              " ORDER BY i.id, c.set_id, c.position"},
}};

// Its Call-ID tells whether it is there. The one of a P-CSCF has no route.
std::optional<RestorationDialog> take_dialog(Cursor& row, bool has_route) {
  constexpr int columns = 3;  // at least, behind the Call-ID
  auto call_id = row.take<std::optional<std::string>>();
  if (!call_id) {
    row.skip(has_route ? columns + 1 : columns);
    return std::nullopt;
  }
  RestorationDialog out;
  out.call_id = std::move(*call_id);
  row.read(out.from, out.to);
  if (has_route) {
    row.read(out.record_route);
  }
  row.read(out.contact);
  return out;
}

RestorationContact take_contact(Cursor& row) {
  RestorationContact out;
  row.read(out.path, out.contact, out.cseq, out.call_id);
  out.subscription = take_dialog(row, true);
  out.p_cscf_subscription = take_dialog(row, false);
  return out;
}

AssociationRow* find_association(AssignedSubscription& subscription, std::int64_t impi_id, std::int64_t set_id) {
  const auto found = std::ranges::find_if(subscription.associations, [&](const AssociationRow& association) {
    return association.impi_id == impi_id && association.set_id == set_id;
  });
  return found == subscription.associations.end() ? nullptr : &*found;
}

// The rest of a row behind its subscription: a contact, with what is the same in all contacts of its association.
void take_restoration(Cursor& row, AssignedSubscription& subscription) {
  const auto impi_id = row.take<std::int64_t>();
  AssociationRow* const association = find_association(subscription, impi_id, row.take<std::int64_t>());
  if (association == nullptr) {
    row.leave();
    return;
  }
  RestorationInfo read;
  row.read(read.impi);
  RestorationContact contact = take_contact(row);
  row.read(read.registration_time_out, read.scheme);
  if (!association->restoration) {
    association->restoration = std::move(read);
  }
  association->restoration->contacts.push_back(std::move(contact));
}

}  // namespace

std::span<const Statement> restoration_statements() { return statements; }

Command restoration_command(AssignmentRequests requests) {
  return subscriptions_command(statements["read_restoration"], requests);
}

void read_restoration(const Result& result, AssignmentRows& rows) {
  std::map<std::int64_t, std::size_t> places;
  for (std::size_t i = 0; i < rows.subscriptions.size(); ++i) {
    places.emplace(rows.subscriptions[i].row.id, i);
  }
  for (Cursor row(result); row.next();) {
    if (const auto place = places.find(row.take<std::int64_t>()); place != places.end()) {
      take_restoration(row, rows.subscriptions[place->second]);
    } else {
      row.leave();
    }
  }
}

bool lacks_restoration(AssignmentRequests requests, const AssignmentReading& reading, const AssignmentRows& rows) {
  if (reading.has_restoration) {
    return false;
  }
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto place = rows.members[i].subscription;
    if (place != none && !requests[i]->features.sent &&
        std::ranges::any_of(rows.subscriptions[place].associations, &AssociationRow::restoration_unannounced)) {
      return true;
    }
  }
  return false;
}

}  // namespace hss::pg
