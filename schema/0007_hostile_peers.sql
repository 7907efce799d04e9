-- SPDX-License-Identifier: Apache-2.0
-- Step 7: what a hostile peer or a careless script could still do.

-- An End-to-End Identifier alone does not make a request the same: a peer could have had somebody else's profile for it.
DELETE FROM quintet.request_seen;  -- of the last minutes; a repetition among them is judged anew
ALTER TABLE quintet.request_seen ADD COLUMN asked bytea NOT NULL CHECK (octet_length(asked) = 32);
COMMENT ON COLUMN quintet.request_seen.asked IS 'SHA-256 of what was asked for whom; the same request asks the same.';
GRANT UPDATE (asked) ON quintet.request_seen TO quintet_server;

-- Every prefix of a user part of some thousand octets is megabytes to build and to look up.
CREATE FUNCTION quintet.longest_wildcard_prefix() RETURNS integer
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS 'SELECT 128';
CREATE OR REPLACE FUNCTION quintet.prefixes(identity text) RETURNS text[]
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$
    SELECT ARRAY(SELECT left(identity, n) COLLATE "C"
                 FROM generate_series(4, least(length(split_part(identity, '@', 1)), quintet.longest_wildcard_prefix())) AS n)
  $$;

CREATE FUNCTION quintet.refuse_long_wildcard() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      RAISE EXCEPTION 'the wildcarded identity % has more than % characters before its pattern', NEW.identity,
          quintet.longest_wildcard_prefix()
        USING ERRCODE = 'check_violation', CONSTRAINT = 'impu_wildcard_prefix_is_short', TABLE = 'impu', SCHEMA = 'quintet',
              HINT = 'Begin the pattern earlier.';
    END
  $$;
CREATE TRIGGER impu_wildcard_prefix_is_short BEFORE INSERT OR UPDATE OF identity, type ON quintet.impu
  FOR EACH ROW WHEN (NEW.type IN ('wildcarded_psi', 'wildcarded_pui')
                     AND length(split_part(NEW.identity, '!', 1)) > quintet.longest_wildcard_prefix())
  EXECUTE FUNCTION quintet.refuse_long_wildcard();

-- A card that is removed and imported anew would begin at SEQ 0 and get numbers that it has had. Only an administrator
-- removes one.
REVOKE DELETE ON quintet.credential FROM quintet_provisioner;

-- Who did something, and when, is not for the doer to say.
REVOKE INSERT ON quintet.audit FROM quintet_server, quintet_provisioner;
GRANT INSERT (action, subject, detail) ON quintet.audit TO quintet_server, quintet_provisioner;
