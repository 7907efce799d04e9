// SPDX-License-Identifier: Apache-2.0
// Rows of user profiles out of joins: what repeats from row to row is taken once.
#include "hss/pg/cx/profiles.h"

#include "hss/pg/statements.h"
#include "hss/pg/words.h"

#include <algorithm>
#include <array>

namespace hss::pg {
namespace {

Command by_ids(Sql sql, std::span<const std::int64_t> ids) {
  Command command{&statement(sql), {}};
  command.params.add(ids);
  return command;
}

std::optional<std::string> optional_text(const Result& result, int row, int column) {
  return result.is_null(row, column) ? std::nullopt : std::optional<std::string>(result.octets(row, column));
}

template <typename Value>
std::optional<Value> optional_number(const Result& result, int row, int column) {
  return result.is_null(row, column) ? std::nullopt : std::optional(static_cast<Value>(result.integer(row, column)));
}

std::optional<bool> optional_flag(const Result& result, int row, int column) {
  return result.is_null(row, column) ? std::nullopt : std::optional(result.flag(row, column));
}

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

SetMember member_at(const Result& result, int row) {
  SetMember out;
  out.identity = result.octets(row, 2);
  out.type = identity_type_of(result.octets(row, 3));
  out.barred = result.flag(row, 4);
  if (!result.is_null(row, 5)) {
    out.service_profile = {result.integer(row, 5), result.integer(row, 6)};
  }
  out.display_name = optional_text(result, row, 7);
  out.alias_group = optional_text(result, row, 8);
  out.trace_info = optional_text(result, row, 9);
  out.priority_level = optional_number<std::uint8_t>(result, row, 10);
  out.max_registrations = optional_number<std::uint32_t>(result, row, 11);
  return out;
}

ServicePointTrigger trigger_at(const Result& result, int row) {
  ServicePointTrigger out;
  out.kind = named(trigger_kinds, result.octets(row, 14));
  out.negated = optional_flag(result, row, 15);
  for (const auto group : result.integers(row, 16)) {
    out.groups.push_back(static_cast<std::int32_t>(group));
  }
  out.subject = result.octets(row, 17);
  out.content = optional_text(result, row, 18);
  out.session_case = optional_number<std::uint8_t>(result, row, 19).value_or(0);
  for (const auto type : result.integers(row, 20)) {
    out.registration_types.push_back(static_cast<std::uint8_t>(type));
  }
  return out;
}

InitialFilterCriteria criteria_at(const Result& result, int row) {
  InitialFilterCriteria out;
  out.priority = static_cast<std::int32_t>(result.integer(row, 6));
  out.condition_type_cnf = optional_flag(result, row, 7);
  out.profile_part = optional_number<std::uint8_t>(result, row, 8);
  auto& server = out.application_server;
  server.server_name = result.octets(row, 9);
  server.default_handling = optional_number<std::uint8_t>(result, row, 10);
  server.service_info = optional_text(result, row, 11);
  server.include_register_request = result.flag(row, 12);
  server.include_register_response = result.flag(row, 13);
  return out;
}

ServiceProfile profile_at(const Result& result, int row) {
  ServiceProfile out;
  out.id = result.integer(row, 0);
  out.revision = result.integer(row, 1);
  out.media_profile_id = optional_number<std::int64_t>(result, row, 2);
  for (const auto service : result.elements(row, 3)) {
    out.service_ids.emplace_back(service);
  }
  return out;
}

// The criteria that a row belongs to: the profile's own, or those of the shared set that it names.
std::vector<InitialFilterCriteria>& criteria_of(ServiceProfile& profile, const Result& result, int row) {
  const auto set = optional_number<std::int64_t>(result, row, 4);
  if (!set) {
    return profile.criteria;
  }
  if (profile.shared.empty() || profile.shared.back().id != *set) {
    profile.shared.push_back({*set, {}});
  }
  return profile.shared.back().criteria;
}

}  // namespace

Command read_set_members(std::span<const std::int64_t> set_ids) { return by_ids(Sql::read_set_members, set_ids); }

std::unordered_map<std::int64_t, std::vector<SetMember>> set_members(const Result& result) {
  std::unordered_map<std::int64_t, std::vector<SetMember>> out;
  std::int64_t last = 0;
  for (int row = 0; row < result.rows(); ++row) {
    auto& members = out[result.integer(row, 0)];
    const auto id = result.integer(row, 1);
    if (members.empty() || id != last) {
      members.push_back(member_at(result, row));
      last = id;
    }
    if (!result.is_null(row, 12)) {
      members.back().extended_priorities.push_back(
          {std::string(result.octets(row, 12)), std::string(result.octets(row, 13))});
    }
  }
  return out;
}

Command read_private_extensions(std::span<const std::int64_t> impi_ids) {
  return by_ids(Sql::read_private_extensions, impi_ids);
}

std::unordered_map<std::int64_t, PrivateExtension> private_extensions(const Result& result) {
  std::unordered_map<std::int64_t, PrivateExtension> out;
  for (int row = 0; row < result.rows(); ++row) {
    auto& extension = out[result.integer(row, 0)];
    extension.imsi = optional_text(result, row, 1);
    if (!result.is_null(row, 2)) {
      extension.reference_locations.push_back(
          {std::string(result.octets(row, 2)), std::string(result.octets(row, 3)), std::string(result.octets(row, 4))});
    }
  }
  return out;
}

Command read_service_profiles(std::span<const std::int64_t> ids) { return by_ids(Sql::read_service_profiles, ids); }

std::vector<ServiceProfile> service_profiles(const Result& result) {
  std::vector<ServiceProfile> out;
  std::int64_t last = 0;  // filter criteria of the row before
  for (int row = 0; row < result.rows(); ++row) {
    if (out.empty() || out.back().id != result.integer(row, 0)) {
      out.push_back(profile_at(result, row));
      last = 0;
    }
    auto& criteria = criteria_of(out.back(), result, row);
    if (result.is_null(row, 5)) {
      continue;  // neither of its own nor of a shared set
    }
    if (last != result.integer(row, 5)) {
      last = result.integer(row, 5);
      criteria.push_back(criteria_at(result, row));
    }
    if (!result.is_null(row, 14)) {
      criteria.back().triggers.push_back(trigger_at(result, row));
    }
  }
  return out;
}

}  // namespace hss::pg
