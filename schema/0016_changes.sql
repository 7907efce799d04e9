-- SPDX-License-Identifier: Apache-2.0
-- Step 16: changes of what is provisioned, written down as they are made, for the server to find out whom they concern.

-- ---- Changes -------------------------------------------------------------------------------------------------------
-- What may concern an S-CSCF, as it was provisioned. Triggers only insert: they look at no state, for which they would have to wait
-- for requests. The server finds out whom a change concerns, writes the pushes, and removes it.

CREATE TYPE quintet.change_cause AS ENUM
  ('profile', 'charging', 'capabilities',                            -- something shared
   'members', 'subscription_charging', 'subscription_capabilities',  -- something of one subscription
   'suspended', 'schemes', 'imsi', 'location', 'digest', 'operator');

CREATE TABLE quintet.change (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at                timestamptz NOT NULL DEFAULT clock_timestamp(),
  cause             quintet.change_cause NOT NULL,
  subject           bigint NOT NULL,
  set_id            bigint,
  impi_id           bigint,
  identity          text,
  reason            smallint CONSTRAINT change_reason_is_0_to_3 CHECK (reason BETWEEN 0 AND 3),
  info              text CONSTRAINT change_info_is_short CHECK (octet_length(info) <= 255)
                    CONSTRAINT change_info_is_text CHECK (info = '' OR quintet.is_text(info)),
  is_shared         boolean NOT NULL DEFAULT false,
  look_at           timestamptz NOT NULL DEFAULT '2000-01-01 00:00+00',
  pass              smallint NOT NULL DEFAULT 0,
  horizon           xid8,
  after             bigint NOT NULL DEFAULT 0,
  CONSTRAINT change_operator_has_a_reason CHECK ((cause = 'operator') = (reason IS NOT NULL))
);
CREATE INDEX change_by_turn ON quintet.change (is_shared, look_at, id);
CREATE INDEX change_by_subject ON quintet.change (cause, subject, id);
COMMENT ON TABLE quintet.change IS
  'What was provisioned and may have to be told to an S-CSCF; written by triggers, worked off by the server (TS 29.228 6.2.2).';
COMMENT ON COLUMN quintet.change.at IS 'When it was written.';
COMMENT ON COLUMN quintet.change.cause IS 'What changed (docs/provisioning.md, "What S-CSCFs are told").';
COMMENT ON COLUMN quintet.change.subject IS
  'Of the first three causes the service profile, charging or capability set; of all others the subscription.';
COMMENT ON COLUMN quintet.change.set_id IS 'The set that it is about; NULL: all of the subscription, or of the private identity.';
COMMENT ON COLUMN quintet.change.impi_id IS 'The private identity that it is about; NULL: all of the set.';
COMMENT ON COLUMN quintet.change.identity IS 'A public identity that is no member any more.';
COMMENT ON COLUMN quintet.change.reason IS 'Reason-Code that an operator wants (TS 29.229 6.3.17).';
COMMENT ON COLUMN quintet.change.info IS 'Reason-Info that an operator wants (TS 29.229 6.3.18).';
COMMENT ON COLUMN quintet.change.is_shared IS 'Whether the cause is one of the first three.';
COMMENT ON COLUMN quintet.change.look_at IS 'When the server looks at it: -infinity before all others.';
COMMENT ON COLUMN quintet.change.pass IS 'How often it was looked at, or all who refer to something shared were looked through.';
COMMENT ON COLUMN quintet.change.horizon IS 'A pass counts as the last one when all transactions below this have ended before it.';
COMMENT ON COLUMN quintet.change.after IS 'Up to which row the pass has come.';

CREATE FUNCTION quintet.change_is_due() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      PERFORM pg_notify('quintet_push', '');
      RETURN NULL;
    END
  $$;
CREATE TRIGGER change_wakes_the_server AFTER INSERT ON quintet.change
  FOR EACH STATEMENT EXECUTE FUNCTION quintet.change_is_due();

-- ---- Ends ----------------------------------------------------------------------------------------------------------

-- The RTR for what is registered of a subscription, or of one IMPI or set of it, at this moment; its subscription is locked. What is
-- unregistered goes along where no IMPI is named, or where the set has no other and is to be known no more. True: there was something.
-- `which_impi`, `which_set`: NULL for all. Public identities that the S-CSCF knows and that are no members any more are named as well.
CREATE FUNCTION quintet.push_end(of_subscription bigint, which_impi bigint, which_set bigint, why text, code smallint, info text)
  RETURNS boolean
  LANGUAGE sql SET search_path = pg_catalog, pg_temp
  AS $$
    WITH
      ends AS (
        SELECT t.id AS set_id, coalesce(p.impi_id, 0) AS impi_id, coalesce(p.generation, t.generation) AS generation
        FROM quintet.registration_set AS t LEFT JOIN quintet.impi_set AS p ON p.set_id = t.id AND p.registered
        WHERE t.subscription_id = of_subscription AND t.state <> 'not_registered'
          AND (which_set IS NULL OR t.id = which_set) AND (which_impi IS NULL OR p.impi_id = which_impi
            OR why IN ('removed', 'operator') AND t.state = 'unregistered'
              AND which_impi = ALL (SELECT m.impi_id FROM quintet.impi_set AS m WHERE m.set_id = t.id)
              AND EXISTS (SELECT FROM quintet.impi_set AS m WHERE m.set_id = t.id))),
      listed AS (
        SELECT array_agg(impi_id ORDER BY set_id, impi_id) AS impis, array_agg(set_id ORDER BY set_id, impi_id) AS sets,
          array_agg(generation ORDER BY set_id, impi_id) AS generations
        FROM ends),
      -- a set that nobody is registered in is known by any of its private identities
      named AS (
        SELECT i.identity, min(i.id) AS id
        FROM ends JOIN quintet.impi_set AS p ON p.set_id = ends.set_id AND ends.impi_id IN (0, p.impi_id)
        JOIN quintet.impi AS i ON i.id = p.impi_id
        GROUP BY i.identity),
      same AS (
        SELECT FROM quintet.push AS w JOIN quintet.subscription AS s ON s.id = w.subscription_id
        JOIN listed ON (w.ends_impis, w.ends_sets, w.ends_generations) = (listed.impis, listed.sets, listed.generations)
        WHERE w.subscription_id = of_subscription AND w.state = 'waiting' AND w.kind = 'rtr' AND w.cause = why AND w.reason = code
          AND w.destination_host = s.scscf_host),
      due AS (
        INSERT INTO quintet.push (kind, cause, subscription_id, destination_host, destination_realm, impi, associated, impus, reason,
                                  reason_info, ends_impis, ends_sets, ends_generations)
        SELECT 'rtr', why, s.id, s.scscf_host, s.scscf_realm,
          (SELECT identity FROM named ORDER BY id LIMIT 1), ARRAY(SELECT identity FROM named ORDER BY id OFFSET 1),
          ARRAY(SELECT u.identity FROM quintet.impu AS u WHERE u.set_id IN (SELECT set_id FROM ends)
                AND u.type IN ('distinct_pui', 'distinct_psi', 'wildcarded_psi') ORDER BY u.set_id, u.position)
          || ARRAY(SELECT DISTINCT c.identity FROM quintet.change AS c
                   WHERE c.cause = 'members' AND c.subject = of_subscription AND c.set_id IN (SELECT set_id FROM ends)
                     AND c.identity IS NOT NULL AND NOT EXISTS (
                       SELECT FROM quintet.impu AS u WHERE u.identity = c.identity AND u.set_id IN (SELECT set_id FROM ends))),
          code, info, listed.impis, listed.sets, listed.generations
        FROM quintet.subscription AS s CROSS JOIN listed
        WHERE s.id = of_subscription AND s.scscf_host IS NOT NULL AND EXISTS (SELECT FROM named) AND NOT EXISTS (SELECT FROM same)
        RETURNING true)
    SELECT EXISTS (SELECT FROM due) OR EXISTS (SELECT FROM same)
  $$;
COMMENT ON FUNCTION quintet.push_end(bigint, bigint, bigint, text, smallint, text) IS
  'Writes the RTR that ends what is registered (TS 29.228 6.1.3).';

-- One RTR for all sets that the IMPI is registered in.
CREATE OR REPLACE FUNCTION quintet.giba_deregister(which quintet.impi, why text) RETURNS boolean
  LANGUAGE sql SET search_path = pg_catalog, pg_temp
  AS $$ SELECT quintet.push_end(which.subscription_id, which.id, NULL, 'giba', 0::smallint, why) $$;

-- ---- Something of one subscription ---------------------------------------------------------------------------------
-- Nobody can be registered with a set that this transaction has made.

-- Members of these sets changed.
CREATE FUNCTION quintet.note_members(sets bigint[], gone text DEFAULT NULL) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp
  AS $$
    INSERT INTO quintet.change (cause, subject, set_id, identity)
      SELECT 'members', t.subscription_id, t.id, gone FROM quintet.registration_set AS t
      WHERE t.id = ANY (sets) AND t.xmin <> pg_current_xact_id()::xid
  $$;

CREATE FUNCTION quintet.impu_changes() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    BEGIN
      PERFORM quintet.note_members(ARRAY(SELECT DISTINCT set_id FROM changed));
      RETURN NULL;
    END
  $$;
CREATE TRIGGER impu_insert_is_noted AFTER INSERT ON quintet.impu REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION quintet.impu_changes();
CREATE TRIGGER impu_update_is_noted AFTER UPDATE ON quintet.impu REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION quintet.impu_changes();

-- An S-CSCF knows the identity by which the set was called, so that it goes into what that S-CSCF is told.
CREATE FUNCTION quintet.impu_leaves() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    BEGIN
      PERFORM quintet.note_members(ARRAY[OLD.set_id], CASE WHEN OLD.type <> 'wildcarded_pui' THEN OLD.identity END);
      RETURN NULL;
    END
  $$;
CREATE TRIGGER impu_removal_is_noted AFTER DELETE ON quintet.impu FOR EACH ROW EXECUTE FUNCTION quintet.impu_leaves();
CREATE TRIGGER impu_move_is_noted AFTER UPDATE ON quintet.impu
  FOR EACH ROW WHEN (NEW.set_id <> OLD.set_id OR NEW.identity <> OLD.identity) EXECUTE FUNCTION quintet.impu_leaves();

CREATE FUNCTION quintet.extended_priority_changes() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    BEGIN
      PERFORM quintet.note_members(ARRAY(SELECT DISTINCT u.set_id FROM changed JOIN quintet.impu AS u ON u.id = impu_id));
      RETURN NULL;
    END
  $$;

-- Something of private identities; the argument is the cause.
CREATE FUNCTION quintet.fact_of_impi_changes() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    BEGIN
      INSERT INTO quintet.change (cause, subject, impi_id)
        SELECT DISTINCT TG_ARGV[0]::quintet.change_cause, subscription_id, impi_id
        FROM changed JOIN quintet.impi_set AS p USING (impi_id)
        WHERE p.xmin <> pg_current_xact_id()::xid;
      RETURN NULL;
    END
  $$;

DO $$
  DECLARE
    watched record;
  BEGIN
    FOR watched IN
      SELECT * FROM
        (VALUES ('extended_priority', 'extended_priority_changes()', '{insert,update,old,delete}'::text[]),
                ('reference_location', 'fact_of_impi_changes(''location'')', '{insert,update,old,delete}'),
                ('digest_secret', 'fact_of_impi_changes(''digest'')', '{insert,update}')) AS t (name, call, events)
        JOIN (VALUES ('insert', 'INSERT', 'NEW'), ('update', 'UPDATE', 'NEW'), ('old', 'UPDATE', 'OLD'), ('delete', 'DELETE', 'OLD'))
          AS e (event, operation, rows) ON e.event = ANY (t.events)
    LOOP
      EXECUTE format('CREATE TRIGGER change_is_noted_%s AFTER %s ON quintet.%I REFERENCING %s TABLE AS changed'
                     ' FOR EACH STATEMENT EXECUTE FUNCTION quintet.%s',
                     watched.event, watched.operation, watched.name, watched.rows, watched.call);
    END LOOP;
  END
$$;

CREATE FUNCTION quintet.subscription_changes() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    BEGIN
      INSERT INTO quintet.change (cause, subject, look_at)
        SELECT cause::quintet.change_cause, NEW.id, '-infinity'
        FROM (VALUES ('suspended', NEW.suspended AND NOT OLD.suspended),
                     ('subscription_charging', NEW.charging_set_id IS DISTINCT FROM OLD.charging_set_id),
                     ('subscription_capabilities', NEW.capability_set_id IS DISTINCT FROM OLD.capability_set_id)) AS c (cause, has_changed)
        WHERE has_changed;
      RETURN NULL;
    END
  $$;
CREATE TRIGGER subscription_change_is_noted AFTER UPDATE OF suspended, charging_set_id, capability_set_id ON quintet.subscription
  FOR EACH ROW EXECUTE FUNCTION quintet.subscription_changes();

CREATE FUNCTION quintet.impi_changes() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    BEGIN
      INSERT INTO quintet.change (cause, subject, impi_id, look_at)
        SELECT cause::quintet.change_cause, OLD.subscription_id, NEW.id, '-infinity'
        FROM (VALUES ('schemes', NOT OLD.schemes <@ NEW.schemes),
                     ('imsi', NEW.imsi IS DISTINCT FROM OLD.imsi)) AS c (cause, has_changed)
        WHERE has_changed;
      RETURN NULL;
    END
  $$;
CREATE TRIGGER impi_change_is_noted AFTER UPDATE OF schemes, imsi ON quintet.impi
  FOR EACH ROW EXECUTE FUNCTION quintet.impi_changes();

-- ---- Something shared ----------------------------------------------------------------------------------------------

CREATE FUNCTION quintet.profile_change_is_noted() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    BEGIN
      INSERT INTO quintet.change (cause, subject, is_shared)
        SELECT 'profile', now.id, true FROM now JOIN before USING (id) WHERE now.revision <> before.revision;
      RETURN NULL;
    END
  $$;
CREATE TRIGGER service_profile_change_is_noted AFTER UPDATE ON quintet.service_profile
  REFERENCING OLD TABLE AS before NEW TABLE AS now FOR EACH STATEMENT EXECUTE FUNCTION quintet.profile_change_is_noted();

CREATE FUNCTION quintet.charging_change_is_noted() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    BEGIN
      INSERT INTO quintet.change (cause, subject, is_shared) SELECT 'charging', id, true FROM now;
      RETURN NULL;
    END
  $$;
CREATE TRIGGER charging_set_change_is_noted AFTER UPDATE ON quintet.charging_set
  REFERENCING NEW TABLE AS now FOR EACH STATEMENT EXECUTE FUNCTION quintet.charging_change_is_noted();

CREATE FUNCTION quintet.capability_change_is_noted() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    BEGIN
      INSERT INTO quintet.change (cause, subject, is_shared)
        SELECT 'capabilities', now.id, true FROM now JOIN before USING (id)
        WHERE (now.mandatory, now.optional, now.server_names) IS DISTINCT FROM (before.mandatory, before.optional, before.server_names);
      RETURN NULL;
    END
  $$;
CREATE TRIGGER capability_set_change_is_noted AFTER UPDATE ON quintet.capability_set
  REFERENCING OLD TABLE AS before NEW TABLE AS now FOR EACH STATEMENT EXECUTE FUNCTION quintet.capability_change_is_noted();

-- What the marks of a set would be if its S-CSCF had everything: see impi_set.told_revision.
CREATE FUNCTION quintet.revision_of_set(which_set bigint) RETURNS bigint
  LANGUAGE sql STABLE PARALLEL SAFE
  AS $$
    SELECT coalesce(sum(p.revision), 0)::bigint
      + coalesce((SELECT c.revision FROM quintet.registration_set AS t JOIN quintet.subscription AS s ON s.id = t.subscription_id
                  JOIN quintet.charging_set AS c ON c.id = s.charging_set_id WHERE t.id = which_set), 0)
    FROM quintet.impu AS u JOIN quintet.service_profile AS p ON p.id = u.service_profile_id WHERE u.set_id = which_set
  $$;
COMMENT ON FUNCTION quintet.revision_of_set(bigint) IS
  'Sum of the revisions of the service profiles of a set and of its charging addresses.';

-- ---- An operator's word --------------------------------------------------------------------------------------------

CREATE FUNCTION quintet.deregister(identity text, reason integer DEFAULT 0, info text DEFAULT '') RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    DECLARE
      wanted CONSTANT text := deregister.identity;
      known record;
    BEGIN
      SELECT i.subscription_id, i.id AS impi_id, NULL::bigint AS set_id INTO known
        FROM quintet.impi AS i WHERE i.identity = quintet.canonical_impi(wanted);
      IF NOT FOUND THEN
        SELECT t.subscription_id, NULL::bigint AS impi_id, t.id AS set_id INTO known
          FROM quintet.impu AS u JOIN quintet.registration_set AS t ON t.id = u.set_id
          WHERE u.identity IN (wanted, quintet.canonical_impu(wanted));
      END IF;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'no private and no public identity is called %', left(wanted, 255) USING ERRCODE = 'no_data_found';
      END IF;
      INSERT INTO quintet.change (cause, subject, impi_id, set_id, reason, info, look_at)
        VALUES ('operator', known.subscription_id, known.impi_id, known.set_id, deregister.reason::smallint, deregister.info, '-infinity');
    END
  $$;
COMMENT ON FUNCTION quintet.deregister(text, integer, text) IS
  'Has the S-CSCF end what is registered of a private identity, or the set of a public one: an RTR with this Reason-Code and '
  'Reason-Info (TS 29.228 6.1.3).';

-- ---- Least privilege -----------------------------------------------------------------------------------------------

GRANT SELECT, INSERT, UPDATE (look_at, pass, horizon, after), DELETE ON quintet.change TO quintet_server;
REVOKE EXECUTE ON FUNCTION quintet.push_end, quintet.note_members, quintet.impu_changes, quintet.impu_leaves, quintet.extended_priority_changes,
  quintet.fact_of_impi_changes, quintet.subscription_changes, quintet.impi_changes,
  quintet.profile_change_is_noted, quintet.charging_change_is_noted, quintet.capability_change_is_noted, quintet.deregister FROM PUBLIC;
GRANT EXECUTE ON FUNCTION quintet.push_end TO quintet_server;
GRANT EXECUTE ON FUNCTION quintet.deregister TO quintet_server, quintet_provisioner;

-- ---- Oddities ------------------------------------------------------------------------------------------------------

-- What is allowed but odd: as before, and what an S-CSCF cannot be told. Its subscription may be gone: the S-CSCF still has it.
ALTER VIEW quintet.provisioning_warnings RENAME TO subscriber_warnings;
COMMENT ON VIEW quintet.subscriber_warnings IS 'What of subscribers is allowed, but odd. Part of provisioning_warnings.';
CREATE VIEW quintet.provisioning_warnings AS
  TABLE quintet.subscriber_warnings
  UNION ALL
  SELECT coalesce(subscription.name, 'subscription ' || undelivered.subscription_id || ', which is gone'),
      undelivered.destination_host, 'could not be told (quintet push list): pushes given up: ' || undelivered.given_up
      || ', waiting for more than ten minutes: ' || undelivered.late || coalesce(', the last because of: ' || left(undelivered.last_error, 128), '')
    FROM (
      SELECT subscription_id, destination_host, count(*) FILTER (WHERE state = 'given_up') AS given_up,
        count(*) FILTER (WHERE state = 'waiting') AS late,
        (array_agg(last_error ORDER BY id DESC) FILTER (WHERE last_error <> ''))[1] AS last_error
      FROM quintet.push
      WHERE state = 'given_up' OR state = 'waiting' AND created_at < now() - interval '10 minutes'
      GROUP BY subscription_id, destination_host) AS undelivered
    LEFT JOIN quintet.subscription ON subscription.id = undelivered.subscription_id;
COMMENT ON VIEW quintet.provisioning_warnings IS 'What is allowed, but odd: most are forgotten steps. Empty is good.';
GRANT SELECT ON quintet.provisioning_warnings TO quintet_server, quintet_provisioner;
COMMENT ON TABLE quintet.audit IS 'Operators'' acts on keys, sequence numbers, registrations and pushes. No secrets.';
