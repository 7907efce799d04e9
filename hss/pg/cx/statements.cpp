// SPDX-License-Identifier: Apache-2.0
// The files of which the connections of Cx prepare the statements.
#include "hss/pg/cx/statements.h"

#include "hss/pg/credential_rows.h"
#include "hss/pg/credential_writes.h"
#include "hss/pg/cx/assignment_restoration.h"
#include "hss/pg/cx/assignment_rows.h"
#include "hss/pg/cx/assignment_writes.h"
#include "hss/pg/cx/authentication.h"
#include "hss/pg/cx/lookup.h"
#include "hss/pg/cx/profiles.h"
#include "hss/pg/cx/scheme_rows.h"
#include "hss/pg/cx/subscription_rows.h"
#include "hss/pg/outbox.h"
#include "hss/pg/transaction.h"

namespace hss::pg {

std::vector<Statement> cx_statements() {
  return joined({transaction_statements(), credential_statements(), credential_write_statements(), outbox_statements(),
                 authentication_statements(), subscription_statements(), scheme_statements(), lookup_statements(),
                 profile_statements(), assignment_statements(), restoration_statements(),
                 assignment_write_statements()});
}

}  // namespace hss::pg
