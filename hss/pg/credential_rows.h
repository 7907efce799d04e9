// SPDX-License-Identifier: Apache-2.0
// Number states: what the locking statement reads of them with the keys they belong to, and the writing of what
// changed.
#pragma once

#include "hss/cx/authentication_store.h"
#include "hss/pg/gate.h"
#include "hss/pg/transaction.h"

#include <memory>
#include <optional>
#include <span>
#include <vector>

// Whether credential c may be served: it has a fingerprint, and its numbers are those of this fingerprint.
#define QUINTET_HAS_NUMBERS "EXISTS (SELECT FROM sqn_state s WHERE s.id = c.sqn_id AND s.fingerprint = c.fingerprint)"

namespace hss::pg {

// Locks the number states of the members that need one; they stand in the result of this command.
Command lock_credentials_command(std::span<const AskedAuthentication> members);
void read_credentials(const Result& result, AuthenticationRows& rows);
// What the gate wants to know of that reading; nothing when it has met no number state.
std::optional<Passage> passage_in(const Result& result);

// A key by the columns of a credential that every statement here reads behind one other column.
std::shared_ptr<const hsm::KeyReference> key_at(const Result& result, int row);

// Keys of the credentials of these IMPIs, without a lock and whether they have a fingerprint or not; null: there is
// none.
Command read_keys_command(std::span<const std::string_view> impis);
std::vector<std::shared_ptr<const hsm::KeyReference>> keys_in(const Result& result, std::size_t count);

// Fixes the length of IND; somebody else may be quicker.
Write ind_bits_write(unsigned ind_bits);
// What has changed; the rows are locked.
std::vector<Write> sqn_writes(const AuthenticationRows& rows, auc::Domain domain);

}  // namespace hss::pg
