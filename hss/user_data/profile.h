// SPDX-License-Identifier: Apache-2.0
// A user profile as plain rows: what User-Data is rendered from (TS 29.228 Annex B).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hss {

// All text is UTF-8 without control characters; the schema refuses anything else. An optional that is empty is an
// element that the document leaves out.

// IdentityType; the numbers are those of the document. A non-distinct identity is one that a wildcard matched; it is
// made while rendering and never stored.
enum class IdentityType : std::uint8_t { distinct_pui, distinct_psi, wildcarded_psi, non_distinct_pui, wildcarded_pui };

struct ExtendedPriority {
  std::string name_space;
  std::string level;
};

// A service profile as the members of a set refer to it.
struct ServiceProfileRevision {
  std::int64_t id = 0;
  std::int64_t revision = 0;
  bool operator==(const ServiceProfileRevision&) const = default;
};

// A public identity of an implicit registration set.
struct SetMember {
  std::string identity;  // canonical; of a wildcarded type the wildcard itself
  IdentityType type = IdentityType::distinct_pui;
  bool barred = false;
  std::optional<ServiceProfileRevision> service_profile;
  std::optional<std::string> display_name;
  std::optional<std::string> alias_group;
  std::optional<std::string> trace_info;
  std::optional<std::uint8_t> priority_level;  // 0..4, 0 is highest
  std::vector<ExtendedPriority> extended_priorities;
  std::optional<std::uint32_t> max_registrations;
};

struct ReferenceLocation {
  std::string access_type;
  std::string access_info;
  std::string access_value;
};

// What the document says about the private identity.
struct PrivateExtension {
  std::optional<std::string> imsi;
  std::vector<ReferenceLocation> reference_locations;
};

enum class TriggerKind : std::uint8_t { request_uri, method, sip_header, session_case, session_description };

// Service point trigger (SPT).
struct ServicePointTrigger {
  std::optional<bool> negated;
  std::vector<std::int32_t> groups;  // at least one
  TriggerKind kind = TriggerKind::method;
  std::string subject;                 // request URI, method, name of the header or of the SDP line
  std::optional<std::string> content;  // of the header or of the line
  std::uint8_t session_case = 0;       // 0..4
  std::vector<std::uint8_t> registration_types;
};

struct ApplicationServer {
  std::string server_name;
  std::optional<std::uint8_t> default_handling;
  std::optional<std::string> service_info;
  bool include_register_request = false;
  bool include_register_response = false;
};

struct InitialFilterCriteria {
  std::int32_t priority = 0;
  std::optional<bool> condition_type_cnf;     // empty: no trigger point, always matches
  std::vector<ServicePointTrigger> triggers;  // in their order
  ApplicationServer application_server;
  std::optional<std::uint8_t> profile_part;  // 0 registered, 1 unregistered, empty: both
};

struct SharedIfcSet {
  std::int64_t id = 0;
  std::vector<InitialFilterCriteria> criteria;
};

struct ServiceProfile {
  std::int64_t id = 0;
  std::int64_t revision = 0;
  std::optional<std::int64_t> media_profile_id;
  std::vector<std::string> service_ids;
  std::vector<InitialFilterCriteria> criteria;  // its own, by priority
  std::vector<SharedIfcSet> shared;             // by id
};

// The identity of a request that is not provisioned itself, and the wildcard that it matched.
struct WildcardMatch {
  std::string identity;
  std::string wildcard;
};

// One implicit registration set and the private identity that it is told to.
struct UserProfile {
  std::string impi;
  PrivateExtension extension;
  std::vector<SetMember> members;  // by position, at least one
  std::optional<WildcardMatch> match;
};

}  // namespace hss
