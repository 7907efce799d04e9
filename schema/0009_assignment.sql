-- SPDX-License-Identifier: Apache-2.0
-- Step 9: since when an authentication is pending, what a set's S-CSCF was told last, and how restoration data came.

-- Columns with a constant default need no rewriting of the table. What is pending already counts from now.
ALTER TABLE quintet.impi_set
  ADD COLUMN pending_since           timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN told                    bytea CONSTRAINT impi_set_told_is_a_sha256 CHECK (octet_length(told) = 32),
  ADD COLUMN restoration_unannounced boolean NOT NULL DEFAULT false;
GRANT UPDATE (pending_since, told, restoration_unannounced) ON quintet.impi_set TO quintet_server;

-- Every reader of the flag goes by this. A clock that was set back leaves a time in the future, which counts as just now.
CREATE FUNCTION quintet.is_pending(auth_pending boolean, since timestamptz, max_age_s bigint) RETURNS boolean
  LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT auth_pending AND since > now() - max_age_s * interval '1 second' $$;

COMMENT ON COLUMN quintet.impi_set.auth_pending IS
  'An authentication is under way, unless it began too long ago (pending_since). The server''s (TS 29.228 6.3.1).';
COMMENT ON COLUMN quintet.impi_set.pending_since IS
  'When the authentication began that auth_pending tells of; means nothing without it. The server''s.';
COMMENT ON COLUMN quintet.impi_set.told IS
  'SHA-256 of the user profile and charging addresses that the S-CSCF got last with this private identity, and of who '
  'it is; NULL: nothing. The server''s (TS 29.228 6.1.2.1, User-Data-Already-Available).';
COMMENT ON COLUMN quintet.impi_set.restoration_unannounced IS
  'Its restoration_contact rows came from an S-CSCF that named no features, and go to such a one, too. The server''s '
  '(TS 29.229 7.2, TS 23.380 4).';
COMMENT ON COLUMN quintet.capability_set.server_names IS
  'Preferred S-CSCFs, the best first; with them an I-CSCF does not look at numbers, so these are not sent (TS 29.228 '
  '6.7, TS 29.229 6.3.4).';
COMMENT ON FUNCTION quintet.is_pending(boolean, timestamptz, bigint) IS
  'Whether auth_pending still counts (TS 29.228 6.3.1).';
