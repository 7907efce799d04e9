// SPDX-License-Identifier: Apache-2.0
// Rows of user profiles out of joins: what repeats from row to row is taken once.
#include "hss/pg/cx/profiles.h"

#include "hss/pg/cursor.h"
#include "hss/pg/cx/identity_types.h"
#include "hss/store_error.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace hss::pg {
namespace {

constexpr Statements statements{std::array{
    Statement{"read_set_members",
              "SELECT u.set_id, u.id, u.identity, u.type::text, u.barred, p.id, p.revision, u.display_name,"
              " u.alias_group, u.trace_info, u.priority_level, u.max_registrations, e.namespace, e.level"
              " FROM impu u LEFT JOIN service_profile p ON p.id = u.service_profile_id"
              " LEFT JOIN extended_priority e ON e.impu_id = u.id"
              " WHERE u.set_id = ANY ($1::bigint[]) ORDER BY u.set_id, u.position, e.position"},
    Statement{"read_private_extensions",
              "SELECT i.id, i.imsi, l.access_type, l.access_info, l.access_value"
              " FROM impi i LEFT JOIN reference_location l ON l.impi_id = i.id"
              " WHERE i.id = ANY ($1::bigint[]) ORDER BY i.id, l.position"},
    // One statement, so that all of it is of one revision.
    Statement{
        "read_service_profiles",
        "SELECT p.id, p.revision, p.media_profile_id,"
        " ARRAY (SELECT s.service_id FROM service_profile_service s WHERE s.profile_id = p.id ORDER BY s.position),"
        " c.shared_ifc_set_id, c.id, c.priority, c.condition_type_cnf, c.profile_part,"
        " a.server_name, a.default_handling, a.service_info, a.include_register_request, a.include_register_response,"
        " t.kind::text, t.negated, t.groups, coalesce(t.request_uri, t.method, t.header, t.line), t.content,"
        " t.session_case, t.registration_types"
        " FROM service_profile p LEFT JOIN LATERAL ("
        "SELECT NULL::bigint AS shared_ifc_set_id, f.id, f.priority, f.condition_type_cnf, f.profile_part,"
        " f.application_server_id FROM initial_filter_criteria f WHERE f.profile_id = p.id"
        " UNION ALL "
        "SELECT s.shared_ifc_set_id, f.id, f.priority, f.condition_type_cnf, f.profile_part, f.application_server_id"
        " FROM service_profile_shared_ifc_set s"
        " LEFT JOIN initial_filter_criteria f ON f.shared_ifc_set_id = s.shared_ifc_set_id"
        " WHERE s.profile_id = p.id) c ON true"
        " LEFT JOIN application_server a ON a.id = c.application_server_id"
        " LEFT JOIN service_point_trigger t ON t.ifc_id = c.id"
        " WHERE p.id = ANY ($1::bigint[])"
        " ORDER BY p.id, c.shared_ifc_set_id NULLS FIRST, c.priority, c.id, t.position"},
}};

template <typename Value>
struct Named {
  std::string_view name;
  Value value;
};

constexpr std::array<Named<TriggerKind>, 5> trigger_kinds{{{"request_uri", TriggerKind::request_uri},
                                                           {"method", TriggerKind::method},
                                                           {"sip_header", TriggerKind::sip_header},
                                                           {"session_case", TriggerKind::session_case},
                                                           {"session_description", TriggerKind::session_description}}};

template <typename Value, std::size_t size>
Value named(const std::array<Named<Value>, size>& table, std::string_view name) {
  const auto row = std::ranges::find(table, name, &Named<Value>::name);
  if (row == table.end()) {
    throw StoreError(StoreFailure::config, "unknown kind in the database: " + std::string(name));
  }
  return row->value;
}

// Behind set and identity, up to what comes in several rows.
SetMember take_member(Cursor& row) {
  SetMember out;
  row.read(out.identity);
  out.type = identity_type_of(row.take<std::string_view>());
  row.read(out.barred);
  if (const auto profile = row.take<std::optional<std::int64_t>>()) {
    out.service_profile = {*profile, row.take<std::int64_t>()};
  } else {
    row.skip();
  }
  row.read(out.display_name, out.alias_group, out.trace_info, out.priority_level, out.max_registrations);
  return out;
}
constexpr int member_columns = 10;

template <typename Number>
std::vector<Number> take_numbers(Cursor& row) {
  std::vector<Number> out;
  for (const auto number : row.take<std::vector<std::int64_t>>()) {
    out.push_back(static_cast<Number>(number));
  }
  return out;
}

// The rest of a row behind the kind of its trigger.
ServicePointTrigger take_trigger(Cursor& row, std::string_view kind) {
  ServicePointTrigger out;
  out.kind = named(trigger_kinds, kind);
  row.read(out.negated);
  out.groups = take_numbers<std::int32_t>(row);
  row.read(out.subject, out.content);
  out.session_case = row.take<std::optional<std::uint8_t>>().value_or(0);
  out.registration_types = take_numbers<std::uint8_t>(row);
  return out;
}

// Behind its id, up to its triggers.
InitialFilterCriteria take_criteria(Cursor& row) {
  InitialFilterCriteria out;
  auto& server = out.application_server;
  row.read(out.priority, out.condition_type_cnf, out.profile_part, server.server_name, server.default_handling,
           server.service_info, server.include_register_request, server.include_register_response);
  return out;
}
constexpr int criteria_columns = 8;

// Behind its id, up to its criteria.
ServiceProfile take_profile(Cursor& row, std::int64_t id) {
  ServiceProfile out;
  out.id = id;
  row.read(out.revision, out.media_profile_id);
  for (const auto service : row.take<std::vector<std::string_view>>()) {
    out.service_ids.emplace_back(service);
  }
  return out;
}
constexpr int profile_columns = 3;

// The criteria that a row belongs to: the profile's own, or those of the shared set that it names.
std::vector<InitialFilterCriteria>& criteria_of(ServiceProfile& profile, std::optional<std::int64_t> set) {
  if (!set) {
    return profile.criteria;
  }
  if (profile.shared.empty() || profile.shared.back().id != *set) {
    profile.shared.push_back({*set, {}});
  }
  return profile.shared.back().criteria;
}

// The rest of a row behind its profile; `last`: the criterion of the row before.
void take_criterion(Cursor& row, ServiceProfile& profile, std::int64_t& last) {
  auto& criteria = criteria_of(profile, row.take<std::optional<std::int64_t>>());
  const auto id = row.take<std::optional<std::int64_t>>();
  if (!id) {
    row.leave();  // neither of its own nor of a shared set
    return;
  }
  if (last != *id) {
    last = *id;
    criteria.push_back(take_criteria(row));
  } else {
    row.skip(criteria_columns);
  }
  if (const auto kind = row.take<std::optional<std::string_view>>()) {
    criteria.back().triggers.push_back(take_trigger(row, *kind));
  } else {
    row.leave();
  }
}

}  // namespace

std::span<const Statement> profile_statements() { return statements; }

Command read_set_members(std::span<const std::int64_t> set_ids) {
  return command(statements["read_set_members"], set_ids);
}

std::unordered_map<std::int64_t, std::vector<SetMember>> set_members(const Result& result) {
  std::unordered_map<std::int64_t, std::vector<SetMember>> out;
  std::int64_t last = 0;
  for (Cursor row(result); row.next();) {
    auto& members = out[row.take<std::int64_t>()];
    const auto id = row.take<std::int64_t>();
    if (members.empty() || id != last) {
      members.push_back(take_member(row));
      last = id;
    } else {
      row.skip(member_columns);
    }
    if (auto name_space = row.take<std::optional<std::string>>()) {
      members.back().extended_priorities.push_back({std::move(*name_space), row.take<std::string>()});
    } else {
      row.skip();
    }
  }
  return out;
}

Command read_private_extensions(std::span<const std::int64_t> impi_ids) {
  return command(statements["read_private_extensions"], impi_ids);
}

std::unordered_map<std::int64_t, PrivateExtension> private_extensions(const Result& result) {
  std::unordered_map<std::int64_t, PrivateExtension> out;
  for (Cursor row(result); row.next();) {
    auto& extension = out[row.take<std::int64_t>()];
    row.read(extension.imsi);
    if (row.at_null()) {
      row.leave();
    } else {
      auto& location = extension.reference_locations.emplace_back();
      row.read(location.access_type, location.access_info, location.access_value);
    }
  }
  return out;
}

Command read_service_profiles(std::span<const std::int64_t> ids) {
  return command(statements["read_service_profiles"], ids);
}

std::vector<ServiceProfile> service_profiles(const Result& result) {
  std::vector<ServiceProfile> out;
  std::int64_t last = 0;
  for (Cursor row(result); row.next();) {
    const auto id = row.take<std::int64_t>();
    if (out.empty() || out.back().id != id) {
      out.push_back(take_profile(row, id));
      last = 0;
    } else {
      row.skip(profile_columns);
    }
    take_criterion(row, out.back(), last);
  }
  return out;
}

}  // namespace hss::pg
