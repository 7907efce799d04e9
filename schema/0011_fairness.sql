-- SPDX-License-Identifier: Apache-2.0
-- Step 11: nobody keeps what others need: an idle provisioning session ends, and the outbox holds one push of a kind for each
-- S-CSCF and subscription.

-- ---- Sessions that are left open -----------------------------------------------------------------------------------
-- Of the database, because settings of a role without login do not reach the logins that are its members. A login or a session
-- may set another value; what the server does while a row is held does not depend on this.

DO $$
  BEGIN
    EXECUTE format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = %L', current_database(), '60s');
  EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'sessions that idle in a transaction are not ended: only the owner of the database can set that'
      USING HINT = format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = ''60s''', current_database());
  END
$$;

-- ---- Rows below a subscription ------------------------------------------------------------------------------------
-- The lock of a subscription stands for its sets and associations, and is the one that the server skips when somebody else
-- holds it. So whoever removes one of those holds it as well.

CREATE FUNCTION quintet.hold_subscription() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    BEGIN
      PERFORM FROM quintet.subscription WHERE id = OLD.subscription_id FOR NO KEY UPDATE;
      RETURN OLD;
    END
  $$;
REVOKE ALL ON FUNCTION quintet.hold_subscription FROM PUBLIC;
COMMENT ON FUNCTION quintet.hold_subscription() IS 'Locks the subscription of a row that is removed.';
CREATE TRIGGER registration_set_holds_subscription BEFORE DELETE ON quintet.registration_set
  FOR EACH ROW EXECUTE FUNCTION quintet.hold_subscription();
CREATE TRIGGER impi_set_holds_subscription BEFORE DELETE ON quintet.impi_set
  FOR EACH ROW EXECUTE FUNCTION quintet.hold_subscription();

-- ---- Pushes --------------------------------------------------------------------------------------------------------
-- Nobody sends them yet; without a bound the table grew with every change of an S-CSCF.

ALTER TABLE quintet.push ADD COLUMN subscription_id bigint REFERENCES quintet.subscription ON DELETE CASCADE;
UPDATE quintet.push SET subscription_id = impi.subscription_id FROM quintet.impi WHERE impi.identity = push.impi;
-- What is about nobody any more, or was followed by another of its kind to the same S-CSCF.
DELETE FROM quintet.push AS old
  WHERE old.subscription_id IS NULL
     OR EXISTS (SELECT FROM quintet.push AS later
                WHERE (later.subscription_id, later.kind, later.destination_host)
                    = (old.subscription_id, old.kind, old.destination_host) AND later.id > old.id);
ALTER TABLE quintet.push
  ALTER COLUMN subscription_id SET NOT NULL,
  ADD CONSTRAINT push_is_one_for_subscription_and_destination UNIQUE (subscription_id, kind, destination_host);
COMMENT ON COLUMN quintet.push.subscription_id IS
  'Whose identities it names. One push of a kind for it and a destination: a later one adds its identities.';
COMMENT ON COLUMN quintet.push.due_at IS 'When it became due; of several that became one, the last.';

-- Both lists as one, in order of first occurrence.
CREATE FUNCTION quintet.either(a text[], b text[]) RETURNS text[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$
    SELECT ARRAY(SELECT one FROM unnest(a || b) WITH ORDINALITY AS t (one, n) GROUP BY one ORDER BY min(n))
  $$;
COMMENT ON FUNCTION quintet.either(text[], text[]) IS 'Elements of either list, each once.';

-- The private identities beside User-Name.
CREATE FUNCTION quintet.other_impis(impis text[], impi text) RETURNS text[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT array_remove(quintet.either(impis, '{}'), impi) $$;
COMMENT ON FUNCTION quintet.other_impis(text[], text) IS 'Elements of a list but one, each once.';

-- One RTR for all sets that the IMPI is registered in; it names distinct identities (TS 29.228 6.1.3.1).
CREATE OR REPLACE FUNCTION quintet.giba_deregister(which quintet.impi, why text) RETURNS boolean
  LANGUAGE sql SET search_path = pg_catalog, pg_temp
  AS $$
    WITH due AS (
      INSERT INTO quintet.push (subscription_id, kind, destination_host, destination_realm, impi, impus, reason, reason_info)
      SELECT subscription.id, 'rtr', subscription.scscf_host, subscription.scscf_realm, which.identity,
        array_agg(impu.identity ORDER BY impu.set_id, impu.position), 0, why  -- PERMANENT_TERMINATION
      FROM quintet.subscription
      JOIN quintet.impi_set ON impi_set.impi_id = which.id AND impi_set.registered
      JOIN quintet.impu ON impu.set_id = impi_set.set_id AND impu.type = 'distinct_pui'
      WHERE subscription.id = which.subscription_id AND subscription.scscf_host IS NOT NULL
      GROUP BY subscription.id
      ON CONFLICT (subscription_id, kind, destination_host) DO UPDATE SET due_at = excluded.due_at,
        destination_realm = excluded.destination_realm, impi = excluded.impi,
        associated = quintet.other_impis(push.impi || push.associated || excluded.associated, excluded.impi),
        impus = quintet.either(push.impus, excluded.impus), reason = excluded.reason, reason_info = excluded.reason_info
      RETURNING true)
    SELECT EXISTS (SELECT FROM due)
  $$;

GRANT UPDATE (due_at, destination_realm, impi, associated, impus, reason, reason_info) ON quintet.push TO quintet_server;
