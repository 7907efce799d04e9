-- SPDX-License-Identifier: Apache-2.0
-- Step 15: what S-CSCFs have to be told (RTR, PPR): changes as they are made, pushes with their life, what each set was told.

-- ---- What a set was told -------------------------------------------------------------------------------------------
-- Columns with a constant default need no rewriting of the table.

ALTER TABLE quintet.impi_set
  ADD COLUMN generation   bigint NOT NULL DEFAULT 0,
  ADD COLUMN assigned_at  timestamptz,
  ADD COLUMN told_revision bigint,
  ADD COLUMN told_form    smallint NOT NULL DEFAULT 0,
  ADD COLUMN told_default text,
  ADD COLUMN told_unasked boolean NOT NULL DEFAULT false;
ALTER TABLE quintet.registration_set
  ADD COLUMN generation  bigint NOT NULL DEFAULT 0,
  ADD COLUMN assigned_at timestamptz;
GRANT UPDATE (generation, assigned_at, told_revision, told_form, told_default, told_unasked) ON quintet.impi_set TO quintet_server;
GRANT UPDATE (generation, assigned_at) ON quintet.registration_set TO quintet_server;

COMMENT ON COLUMN quintet.impi_set.generation IS
  'Moves with every Server-Assignment: a push ends only the registration that it was about. The server''s (TS 29.228 6.1.3).';
COMMENT ON COLUMN quintet.impi_set.assigned_at IS
  'When the last Server-Assignment was answered: its answer may still be on its way. The server''s.';
COMMENT ON COLUMN quintet.impi_set.told_revision IS
  'Sum of the revisions of the service profiles and the charging set that told stands for, or older. The server''s.';
COMMENT ON COLUMN quintet.impi_set.told_form IS
  'How the document was written: 1 shared sets by number, 2 alias groups, 4 times how much of its extensions (0 all, 1 Rel-7, '
  '2 none). The server''s (TS 29.229 7.1.1).';
COMMENT ON COLUMN quintet.impi_set.told_default IS
  'The default public identity of the set as its S-CSCF knows it. The server''s (TS 23.228 4.3.3.4).';
COMMENT ON COLUMN quintet.impi_set.told_unasked IS
  'The document went to an S-CSCF that said it had one, which may not have looked at it. The server''s (TS 29.229 6.3.26).';
COMMENT ON COLUMN quintet.registration_set.generation IS
  'Moves with every Server-Assignment that leaves the set unregistered or changes its state. The server''s (TS 29.228 6.1.3).';
COMMENT ON COLUMN quintet.registration_set.assigned_at IS
  'When the last of these was answered. The server''s.';

-- Charging addresses have revisions, as service profiles have.
ALTER TABLE quintet.charging_set ADD COLUMN revision bigint NOT NULL DEFAULT nextval('quintet.profile_revision');
COMMENT ON COLUMN quintet.charging_set.revision IS 'Moves with every change; no number comes twice. Kept by a trigger.';
CREATE FUNCTION quintet.charging_set_changes() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      NEW.revision := nextval('quintet.profile_revision');
      RETURN NEW;
    END
  $$;
CREATE TRIGGER charging_set_moves_revision BEFORE UPDATE ON quintet.charging_set
  FOR EACH ROW EXECUTE FUNCTION quintet.charging_set_changes();
REVOKE INSERT, UPDATE ON quintet.charging_set FROM quintet_provisioner;
GRANT INSERT (id, name, primary_ecf, secondary_ecf, primary_ccf, secondary_ccf),
  UPDATE (id, name, primary_ecf, secondary_ecf, primary_ccf, secondary_ccf) ON quintet.charging_set TO quintet_provisioner;

-- Who refers to what is shared, in pages.
CREATE INDEX impu_by_service_profile_and_id ON quintet.impu (service_profile_id, id) WHERE service_profile_id IS NOT NULL;
DROP INDEX quintet.impu_by_service_profile;
CREATE INDEX subscription_by_charging_set ON quintet.subscription (charging_set_id, id) WHERE charging_set_id IS NOT NULL;
CREATE INDEX subscription_by_capability_set ON quintet.subscription (capability_set_id, id) WHERE capability_set_id IS NOT NULL;

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
  info              text CONSTRAINT change_info_is_short CHECK (octet_length(info) <= 255),
  is_shared         boolean NOT NULL DEFAULT false,
  look_at           timestamptz NOT NULL DEFAULT '-infinity',
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
COMMENT ON COLUMN quintet.change.look_at IS 'When the server looks at it.';
COMMENT ON COLUMN quintet.change.pass IS 'How often all who refer to something shared were looked through.';
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

-- ---- Pushes --------------------------------------------------------------------------------------------------------

CREATE TYPE quintet.push_state AS ENUM ('waiting', 'done', 'superseded', 'given_up', 'cancelled');
ALTER TABLE quintet.push
  DROP CONSTRAINT push_is_one_for_subscription_and_destination,
  DROP CONSTRAINT push_subscription_id_fkey,
  ADD COLUMN created_at   timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN cause        text NOT NULL DEFAULT 'replaced',
  ADD COLUMN set_id       bigint,
  ADD COLUMN impi_id      bigint,
  ADD COLUMN ends_impis   bigint[] NOT NULL DEFAULT '{}',
  ADD COLUMN ends_sets    bigint[] NOT NULL DEFAULT '{}',
  ADD COLUMN ends_generations bigint[] NOT NULL DEFAULT '{}',
  ADD COLUMN state        quintet.push_state NOT NULL DEFAULT 'waiting',
  ADD COLUMN attempts     integer NOT NULL DEFAULT 0,
  ADD COLUMN last_error   text NOT NULL DEFAULT '',
  ADD COLUMN claimed_by   text,
  ADD COLUMN lease_until  timestamptz,
  ADD COLUMN settled_at   timestamptz,
  ADD CONSTRAINT push_ends_whole_rows CHECK (
    cardinality(ends_impis) = cardinality(ends_sets) AND cardinality(ends_sets) = cardinality(ends_generations)),
  ADD CONSTRAINT push_ppr_is_of_a_set_or_a_digest CHECK (kind = 'rtr' OR set_id IS NOT NULL OR impi_id IS NOT NULL),
  ADD CONSTRAINT push_is_settled_when_it_is_not_waiting CHECK ((state = 'waiting') = (settled_at IS NULL));
ALTER TABLE quintet.push ALTER COLUMN impi DROP NOT NULL,
  ADD CONSTRAINT push_rtr_has_a_user_name CHECK (kind = 'ppr' OR impi IS NOT NULL);
CREATE INDEX push_by_turn ON quintet.push (destination_host, due_at, id) WHERE state = 'waiting';
CREATE INDEX push_by_subscription ON quintet.push (subscription_id) WHERE state = 'waiting';
CREATE INDEX push_by_set ON quintet.push (set_id) WHERE state = 'waiting' AND set_id IS NOT NULL;
CREATE INDEX push_by_age ON quintet.push (settled_at) WHERE state <> 'waiting';

COMMENT ON TABLE quintet.push IS
  'RTR and PPR that are due or were: who is told, why, and how it ended (TS 29.228 6.1.3 and 6.2.2). No secrets.';
COMMENT ON COLUMN quintet.push.created_at IS 'When it was written.';
COMMENT ON COLUMN quintet.push.due_at IS 'Not before this it is sent; moves on with every attempt.';
COMMENT ON COLUMN quintet.push.cause IS 'What it follows from (docs/provisioning.md, "What S-CSCFs are told").';
COMMENT ON COLUMN quintet.push.subscription_id IS 'Whose it is; one push at a time is on its way for it. It may be gone.';
COMMENT ON COLUMN quintet.push.set_id IS 'Of a PPR, the set whose profile is sent: that of the moment of sending. It may be gone.';
COMMENT ON COLUMN quintet.push.impi_id IS 'Of a PPR without a set, the private identity whose digest secret is sent. It may be gone.';
COMMENT ON COLUMN quintet.push.impi IS 'User-Name of an RTR (TS 29.228 6.1.3.1).';
COMMENT ON COLUMN quintet.push.ends_impis IS
  'With ends_sets and ends_generations: the registrations that an RTR ends when it is answered; 0: the set as a whole.';
COMMENT ON COLUMN quintet.push.ends_sets IS 'Sets of ends_impis.';
COMMENT ON COLUMN quintet.push.ends_generations IS 'Generations of ends_impis; what has moved on since is not ended.';
COMMENT ON COLUMN quintet.push.state IS
  'waiting, or how it ended: done (answered, or nobody needs it), superseded, given_up (after as many attempts as allowed, or refused for '
  'good), cancelled (by an operator).';
COMMENT ON COLUMN quintet.push.attempts IS 'How often it was sent, or was about to be; tells one attempt from another.';
COMMENT ON COLUMN quintet.push.last_error IS 'What came of the last attempt, or how it ended.';
COMMENT ON COLUMN quintet.push.claimed_by IS 'The server that sends it.';
COMMENT ON COLUMN quintet.push.lease_until IS 'Until then nobody else sends it.';
COMMENT ON COLUMN quintet.push.settled_at IS 'When it ended.';

DROP FUNCTION quintet.giba_deregister(quintet.impi, text);
DROP FUNCTION quintet.other_impis(text[], text);
DROP FUNCTION quintet.either(text[], text[]);

-- The RTR for what is registered of a subscription, or of one IMPI or set of it, at this moment; its subscription is locked. What is
-- unregistered goes along where no IMPI is named. True: there was something. `which_impi`, `which_set`: NULL for all. `gone`: a public
-- identity that the S-CSCF knows and that is no member any more.
CREATE FUNCTION quintet.push_end(of_subscription bigint, which_impi bigint, which_set bigint, why text, code smallint, info text,
                                 gone text DEFAULT NULL) RETURNS boolean
  LANGUAGE sql SET search_path = pg_catalog, pg_temp
  AS $$
    WITH
      ends AS (
        SELECT t.id AS set_id, coalesce(p.impi_id, 0) AS impi_id, coalesce(p.generation, t.generation) AS generation
        FROM quintet.registration_set AS t LEFT JOIN quintet.impi_set AS p ON p.set_id = t.id AND p.registered
        WHERE t.subscription_id = of_subscription AND t.state <> 'not_registered'
          AND (which_set IS NULL OR t.id = which_set) AND (which_impi IS NULL OR p.impi_id = which_impi)),
      -- a set that nobody is registered in is known by any of its private identities
      named AS (
        SELECT i.identity, min(i.id) AS id
        FROM ends JOIN quintet.impi_set AS p ON p.set_id = ends.set_id AND ends.impi_id IN (0, p.impi_id)
        JOIN quintet.impi AS i ON i.id = p.impi_id
        GROUP BY i.identity),
      due AS (
        INSERT INTO quintet.push (kind, cause, subscription_id, destination_host, destination_realm, impi, associated, impus, reason,
                                  reason_info, ends_impis, ends_sets, ends_generations)
        SELECT 'rtr', why, s.id, s.scscf_host, s.scscf_realm,
          (SELECT identity FROM named ORDER BY id LIMIT 1), ARRAY(SELECT identity FROM named ORDER BY id OFFSET 1),
          ARRAY(SELECT u.identity FROM quintet.impu AS u WHERE u.set_id IN (SELECT set_id FROM ends)
                AND u.type IN ('distinct_pui', 'distinct_psi') ORDER BY u.set_id, u.position) || array_remove(ARRAY[gone], NULL),
          code, info,
          (SELECT array_agg(impi_id ORDER BY set_id, impi_id) FROM ends), (SELECT array_agg(set_id ORDER BY set_id, impi_id) FROM ends),
          (SELECT array_agg(generation ORDER BY set_id, impi_id) FROM ends)
        FROM quintet.subscription AS s
        WHERE s.id = of_subscription AND s.scscf_host IS NOT NULL AND EXISTS (SELECT FROM named)
        RETURNING true)
    SELECT EXISTS (SELECT FROM due)
  $$;
COMMENT ON FUNCTION quintet.push_end(bigint, bigint, bigint, text, smallint, text, text) IS
  'Writes the RTR that ends what is registered (TS 29.228 6.1.3).';

-- ---- GIBA ----------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION quintet.giba_bind(private_identity text, address inet, interface_id bytea DEFAULT NULL) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    DECLARE
      which quintet.impi := quintet.giba_lock(private_identity);
      prefix inet := set_masklen(network(address)::inet, masklen(address));
      bound quintet.giba_binding;
    BEGIN
      SELECT * INTO bound FROM quintet.giba_binding WHERE impi_id = which.id;
      IF FOUND AND bound.address = prefix AND bound.interface_id IS NOT DISTINCT FROM giba_bind.interface_id THEN
        RETURN false;
      END IF;
      INSERT INTO quintet.giba_binding AS b (impi_id, address, interface_id) VALUES (which.id, prefix, giba_bind.interface_id)
        ON CONFLICT (impi_id) DO UPDATE
        SET address = EXCLUDED.address, interface_id = EXCLUDED.interface_id, bound_at = now();
      RETURN bound.impi_id IS NOT NULL AND quintet.push_end(which.subscription_id, which.id, NULL, 'giba', 0::smallint,
                                                            'the address of the UE changed');
    END
  $$;

CREATE OR REPLACE FUNCTION quintet.giba_release(private_identity text, address inet DEFAULT NULL) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    DECLARE
      which quintet.impi := quintet.giba_lock(private_identity);
    BEGIN
      DELETE FROM quintet.giba_binding AS bound
        WHERE bound.impi_id = which.id
          AND (giba_release.address IS NULL
               OR bound.address = set_masklen(network(giba_release.address)::inet, masklen(giba_release.address)));
      RETURN FOUND AND quintet.push_end(which.subscription_id, which.id, NULL, 'giba', 0::smallint,
                                        'the address of the UE was released');
    END
  $$;

-- ---- Removal -------------------------------------------------------------------------------------------------------
-- Whom to tell is known only before the rows go. Each locks the subscription first, so that no registration begins meanwhile; what
-- goes because of something above it finds that gone already, and tells nobody again.

CREATE FUNCTION quintet.push_removed() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    DECLARE
      row_of jsonb := to_jsonb(OLD);
      of_subscription bigint := CASE TG_TABLE_NAME WHEN 'subscription' THEN row_of ->> 'id' ELSE row_of ->> 'subscription_id' END;
      which_impi bigint := CASE TG_TABLE_NAME WHEN 'impi' THEN row_of ->> 'id' WHEN 'impi_set' THEN row_of ->> 'impi_id' END;
      which_set bigint := CASE TG_TABLE_NAME WHEN 'registration_set' THEN row_of ->> 'id' WHEN 'impi_set' THEN row_of ->> 'set_id' END;
    BEGIN
      PERFORM FROM quintet.subscription WHERE id = of_subscription FOR NO KEY UPDATE;
      IF TG_TABLE_NAME = 'impi_set' AND NOT EXISTS (SELECT FROM quintet.impi WHERE id = which_impi) THEN
        RETURN OLD;
      END IF;
      PERFORM quintet.push_end(of_subscription, which_impi, which_set, 'removed', 0::smallint, 'the subscription ended');
      RETURN OLD;
    END
  $$;
COMMENT ON FUNCTION quintet.push_removed() IS 'Writes the RTR for what is removed while it is registered (TS 29.228 6.1.3).';
CREATE TRIGGER subscription_removal_is_pushed BEFORE DELETE ON quintet.subscription
  FOR EACH ROW WHEN (OLD.scscf_host IS NOT NULL) EXECUTE FUNCTION quintet.push_removed();
CREATE TRIGGER impi_removal_is_pushed BEFORE DELETE ON quintet.impi
  FOR EACH ROW EXECUTE FUNCTION quintet.push_removed();
CREATE TRIGGER registration_set_removal_is_pushed BEFORE DELETE ON quintet.registration_set
  FOR EACH ROW WHEN (OLD.state <> 'not_registered') EXECUTE FUNCTION quintet.push_removed();
CREATE TRIGGER impi_set_removal_is_pushed BEFORE DELETE ON quintet.impi_set
  FOR EACH ROW WHEN (OLD.registered) EXECUTE FUNCTION quintet.push_removed();

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
      PERFORM quintet.note_members(ARRAY[OLD.set_id], CASE WHEN OLD.type IN ('distinct_pui', 'distinct_psi') THEN OLD.identity END);
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

CREATE FUNCTION quintet.reference_location_changes() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    BEGIN
      INSERT INTO quintet.change (cause, subject, impi_id)
        SELECT DISTINCT 'location'::quintet.change_cause, subscription_id, impi_id
        FROM changed JOIN quintet.impi_set AS p USING (impi_id)
        WHERE p.xmin <> pg_current_xact_id()::xid;
      RETURN NULL;
    END
  $$;

CREATE FUNCTION quintet.digest_secret_changes() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    BEGIN
      INSERT INTO quintet.change (cause, subject, impi_id)
        SELECT DISTINCT 'digest'::quintet.change_cause, subscription_id, impi_id
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
      SELECT * FROM (VALUES ('extended_priority', 'extended_priority_changes', '{insert,update,old,delete}'::text[]),
                            ('reference_location', 'reference_location_changes', '{insert,update,old,delete}'),
                            ('digest_secret', 'digest_secret_changes', '{insert,update}')) AS t (name, changes, events)
    LOOP
      IF 'insert' = ANY (watched.events) THEN
        EXECUTE format('CREATE TRIGGER change_is_noted_insert AFTER INSERT ON quintet.%I REFERENCING NEW TABLE AS changed'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION quintet.%I()', watched.name, watched.changes);
      END IF;
      IF 'update' = ANY (watched.events) THEN
        EXECUTE format('CREATE TRIGGER change_is_noted_update AFTER UPDATE ON quintet.%I REFERENCING NEW TABLE AS changed'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION quintet.%I()', watched.name, watched.changes);
      END IF;
      IF 'old' = ANY (watched.events) THEN
        EXECUTE format('CREATE TRIGGER change_is_noted_old AFTER UPDATE ON quintet.%I REFERENCING OLD TABLE AS changed'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION quintet.%I()', watched.name, watched.changes);
      END IF;
      IF 'delete' = ANY (watched.events) THEN
        EXECUTE format('CREATE TRIGGER change_is_noted_delete AFTER DELETE ON quintet.%I REFERENCING OLD TABLE AS changed'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION quintet.%I()', watched.name, watched.changes);
      END IF;
    END LOOP;
  END
$$;

CREATE FUNCTION quintet.subscription_changes() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    BEGIN
      INSERT INTO quintet.change (cause, subject)
        SELECT cause::quintet.change_cause, NEW.id
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
      INSERT INTO quintet.change (cause, subject, impi_id)
        SELECT cause::quintet.change_cause, OLD.subscription_id, NEW.id
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
      found record;
    BEGIN
      SELECT i.subscription_id, i.id AS impi_id, NULL::bigint AS set_id INTO found
        FROM quintet.impi AS i WHERE i.identity = quintet.canonical_impi(wanted);
      IF NOT FOUND THEN
        SELECT t.subscription_id, NULL::bigint AS impi_id, t.id AS set_id INTO found
          FROM quintet.impu AS u JOIN quintet.registration_set AS t ON t.id = u.set_id
          WHERE u.identity IN (wanted, quintet.canonical_impu(wanted));
      END IF;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'no private and no public identity is called %', left(wanted, 255) USING ERRCODE = 'no_data_found';
      END IF;
      INSERT INTO quintet.change (cause, subject, impi_id, set_id, reason, info)
        VALUES ('operator', found.subscription_id, found.impi_id, found.set_id, deregister.reason::smallint, deregister.info);
    END
  $$;
COMMENT ON FUNCTION quintet.deregister(text, integer, text) IS
  'Has the S-CSCF end what is registered of a private identity, or the set of a public one: an RTR with this Reason-Code and '
  'Reason-Info (TS 29.228 6.1.3).';

-- ---- Least privilege -----------------------------------------------------------------------------------------------

REVOKE ALL ON quintet.push FROM quintet_server;
GRANT SELECT, INSERT, UPDATE, DELETE ON quintet.push TO quintet_server;
GRANT SELECT, INSERT, UPDATE (look_at, pass, horizon, after), DELETE ON quintet.change TO quintet_server;
REVOKE EXECUTE ON FUNCTION quintet.push_end, quintet.note_members, quintet.push_removed, quintet.impu_changes, quintet.impu_leaves,
  quintet.extended_priority_changes, quintet.reference_location_changes, quintet.digest_secret_changes, quintet.subscription_changes,
  quintet.impi_changes, quintet.profile_change_is_noted, quintet.charging_change_is_noted, quintet.capability_change_is_noted,
  quintet.deregister FROM PUBLIC;
GRANT EXECUTE ON FUNCTION quintet.push_end TO quintet_server;
GRANT EXECUTE ON FUNCTION quintet.deregister TO quintet_server, quintet_provisioner;
