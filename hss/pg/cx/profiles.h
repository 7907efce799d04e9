// SPDX-License-Identifier: Apache-2.0
// Rows of user profiles: commands to read them inside any transaction or pipeline, and what their results say.
#pragma once

#include "hss/pg/connection.h"
#include "hss/user_data/profile.h"

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace hss::pg {

std::span<const Statement> profile_statements();

// Each command is one statement and so sees one snapshot, whatever the transaction's isolation. No lock is taken.

// Members by position, of each set that has any.
Command read_set_members(std::span<const std::int64_t> set_ids);
std::unordered_map<std::int64_t, std::vector<SetMember>> set_members(const Result& result);

// IMSI and reference locations by IMPI id; every IMPI that there is.
Command read_private_extensions(std::span<const std::int64_t> impi_ids);
std::unordered_map<std::int64_t, PrivateExtension> private_extensions(const Result& result);

// Service profiles with everything they refer to, by id.
Command read_service_profiles(std::span<const std::int64_t> ids);
std::vector<ServiceProfile> service_profiles(const Result& result);

}  // namespace hss::pg
