// SPDX-License-Identifier: Apache-2.0
// Number states, found by IMPI or by IMSI: what the locking statements read of them with the keys they belong to.
#pragma once

#include "hss/credential_store.h"
#include "hss/pg/connection.h"
#include "hss/pg/cursor.h"
#include "hss/pg/gate.h"

#include <memory>
#include <optional>
#include <span>
#include <vector>

// Whether credential c may be served: it has a fingerprint, and its numbers are those of this fingerprint.
#define QUINTET_HAS_NUMBERS "EXISTS (SELECT FROM sqn_state s WHERE s.id = c.sqn_id AND s.fingerprint = c.fingerprint)"

namespace hss::pg {

// What a connection has to have prepared, for members by IMPI, and besides for members by IMSI.
std::span<const Statement> credential_statements();
std::span<const Statement> imsi_statements();

using Wanted = std::span<const CredentialWanted>;

// Locks the number states of the members that want one and reads them with their keys: one command for members by
// IMPI, one for those by IMSI. Left out: members that are not
// known, have no credential or no fingerprint, are ambiguous, or whose numbers somebody else holds.
std::vector<Command> lock_credentials_commands(Wanted wanted);
// From the results of these commands, in that order, into `rows`, whose members are as many as were wanted. What the
// gate wants to know of that reading; nothing when it has met no number state.
std::optional<Passage> read_credentials(std::span<const Result> results, CredentialRows& rows);

// Without a lock, tells apart what was left out; none when every member that wants a credential has got it.
std::vector<Command> read_left_out_commands(Wanted wanted, const CredentialRows& rows);
void read_left_out(std::span<const Result> results, CredentialRows& rows);

// The columns of a credential that every statement here reads behind others: name, kek_id, wrap_mechanism, k_wrapped,
// key_uri, data_key_id, opc_sealed, fingerprint.
std::shared_ptr<const hsm::KeyReference> take_key(Cursor& row);

// Keys of the credentials of these members, without a lock and whether they have a fingerprint or not; null: there is
// none, or it is ambiguous.
std::vector<std::shared_ptr<const hsm::KeyReference>> keys_of(Connection& connection, Wanted wanted);

std::vector<hsm::KekCheck> kek_checks(Connection& connection);

}  // namespace hss::pg
