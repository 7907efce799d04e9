// SPDX-License-Identifier: Apache-2.0
// Every SQL statement of the server, named; array statements over a batch, in the one lock order.
#pragma once

#include "auc/sqn.h"
#include "hss/pg/connection.h"

#include <span>

namespace hss::pg {

enum class Sql : std::size_t {
  begin,
  begin_reading,
  commit,
  rollback,
  lock_credentials,
  read_registrations,
  lock_subscriptions,
  read_keys,
  read_keks,
  write_sqn_ps,  // followed by the other domains in the order of auc::Domain
  write_sqn_cs,
  write_sqn_ims,
  write_sqn_eps,
  write_sqn_wlan,
  write_sqn_gba,
  write_sqn_state,
  take_return,
  fix_ind_bits,
  write_subscriptions,
  write_impi_sets,
  read_set_members,
  read_private_extensions,
  read_service_profiles,
  read_user_authorizations,
  read_location_infos,
  write_reassignment_pending,
  read_scheme_data,
  read_registered,
  write_pushes,
};

const Statement& statement(Sql sql);
const Statement& write_sqn(auc::Domain domain);
std::span<const Statement> all_statements();

}  // namespace hss::pg
