-- SPDX-License-Identifier: Apache-2.0
-- Step 15: what S-CSCFs have to be told (RTR, PPR): what each set was told, and pushes from their cause to their end.

-- ---- What a set was told -------------------------------------------------------------------------------------------
-- Columns with a constant default need no rewriting of the table.

-- Each row has four thousand million numbers of its own, so that one that is provisioned once more is not taken for the one before.
CREATE SEQUENCE quintet.generation INCREMENT BY 4294967296 START WITH 4294967296 MINVALUE 0;
GRANT USAGE ON SEQUENCE quintet.generation TO quintet_provisioner;
COMMENT ON SEQUENCE quintet.generation IS 'First generations of impi_set and registration_set.';
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
ALTER TABLE quintet.impi_set ALTER COLUMN generation SET DEFAULT nextval('quintet.generation');
ALTER TABLE quintet.registration_set ALTER COLUMN generation SET DEFAULT nextval('quintet.generation');
GRANT UPDATE (generation, assigned_at, told_revision, told_form, told_default, told_unasked) ON quintet.impi_set TO quintet_server;
GRANT UPDATE (generation, assigned_at) ON quintet.registration_set TO quintet_server;

COMMENT ON COLUMN quintet.impi_set.generation IS
  'Moves with every Server-Assignment that registers, anew or again: a push ends only the registration that it was about. The server''s (TS 29.228 6.1.3).';
COMMENT ON COLUMN quintet.impi_set.assigned_at IS
  'When the last of these was answered: its answer may still be on its way. The server''s.';
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

-- ---- Pushes --------------------------------------------------------------------------------------------------------

CREATE TYPE quintet.push_state AS ENUM ('waiting', 'done', 'superseded', 'given_up', 'cancelled');
-- Nobody sent what was written before, and whom it was about has long been registered anew, or is not.
DELETE FROM quintet.push;
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
  ADD COLUMN names_tried  integer NOT NULL DEFAULT 0,
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
CREATE INDEX push_by_what_it_ended ON quintet.push (subscription_id) WHERE kind = 'rtr' AND state IN ('done', 'given_up');
CREATE INDEX push_by_set ON quintet.push (set_id) WHERE state = 'waiting' AND set_id IS NOT NULL;
CREATE INDEX push_by_age ON quintet.push (settled_at) WHERE state <> 'waiting';

COMMENT ON TABLE quintet.push IS
  'RTR and PPR that are due or were: who is told, why, and how it ended (TS 29.228 6.1.3 and 6.2.2). No secrets.';
COMMENT ON COLUMN quintet.push.created_at IS 'When it was written.';
COMMENT ON COLUMN quintet.push.due_at IS 'Not before this it is sent; moves on with every attempt.';
COMMENT ON COLUMN quintet.push.cause IS 'What it follows from (docs/provisioning.md, "What S-CSCFs are told").';
COMMENT ON COLUMN quintet.push.subscription_id IS 'Whose it is; one push at a time is on its way for it. It may be gone.';
COMMENT ON COLUMN quintet.push.set_id IS 'Of a PPR, the set whose profile is sent: that of the moment of sending. It may be gone.';
COMMENT ON COLUMN quintet.push.impi_id IS 'Of a PPR without a set, the private identity whose digest secret is sent; with a set, the one as which the profile is sent, where it is '
  'about that. It may be gone.';
COMMENT ON COLUMN quintet.push.impi IS 'User-Name of an RTR (TS 29.228 6.1.3.1).';
COMMENT ON COLUMN quintet.push.ends_impis IS
  'With ends_sets and ends_generations: the registrations that an RTR ends when it is answered, or that the S-CSCF said after a PPR it '
  'does not know; 0: the set as a whole. An RTR that is tried once more after it was given up has none.';
COMMENT ON COLUMN quintet.push.ends_sets IS 'Sets of ends_impis.';
COMMENT ON COLUMN quintet.push.ends_generations IS 'Generations of ends_impis; what has moved on since is not ended.';
COMMENT ON COLUMN quintet.push.state IS
  'waiting, or how it ended: done (answered, or nobody needs it), superseded, given_up (after as many attempts as allowed, or refused for '
  'good), cancelled (by an operator).';
COMMENT ON COLUMN quintet.push.attempts IS 'How often it was sent, or was about to be; tells one attempt from another.';
COMMENT ON COLUMN quintet.push.names_tried IS 'How many User-Names of an RTR the S-CSCF did not know.';
COMMENT ON COLUMN quintet.push.last_error IS 'What came of the last attempt, or how it ended.';
COMMENT ON COLUMN quintet.push.claimed_by IS 'The server that sends it.';
COMMENT ON COLUMN quintet.push.lease_until IS 'Until then nobody else sends it.';
COMMENT ON COLUMN quintet.push.settled_at IS 'When it ended.';

DROP FUNCTION quintet.other_impis(text[], text);
DROP FUNCTION quintet.either(text[], text[]);

-- ---- Removal -------------------------------------------------------------------------------------------------------
-- Whom to tell is known only before the rows go. Each locks the subscription first, so that no registration begins meanwhile; what
-- goes because of something above it finds that gone already, and tells nobody again.

-- For who has locked a row below it already, whose lock a request may need that has the subscription: it does not wait long.
CREATE FUNCTION quintet.lock_from_below(of_subscription bigint) RETURNS boolean
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
  AS $$
    BEGIN
      FOR attempt IN 1 .. 40 LOOP
        PERFORM FROM quintet.subscription WHERE id = of_subscription FOR NO KEY UPDATE SKIP LOCKED;
        IF FOUND THEN
          RETURN true;
        ELSIF NOT EXISTS (SELECT FROM quintet.subscription WHERE id = of_subscription) THEN
          RETURN false;
        END IF;
        PERFORM pg_sleep(0.005);
      END LOOP;
      RAISE EXCEPTION 'subscription % is being served at this moment', of_subscription USING ERRCODE = 'lock_not_available',
        HINT = 'Try again, or lock it first: SELECT FROM quintet.subscription WHERE id = ... FOR NO KEY UPDATE.';
    END
  $$;
COMMENT ON FUNCTION quintet.lock_from_below(bigint) IS 'Locks a subscription behind a row of it; false: it is gone.';

CREATE FUNCTION quintet.push_removed() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    DECLARE
      row_of jsonb := to_jsonb(OLD);
      of_subscription bigint := CASE TG_TABLE_NAME WHEN 'subscription' THEN row_of ->> 'id' ELSE row_of ->> 'subscription_id' END;
      which_impi bigint := CASE TG_TABLE_NAME WHEN 'impi' THEN row_of ->> 'id' WHEN 'impi_set' THEN row_of ->> 'impi_id' END;
      which_set bigint := CASE TG_TABLE_NAME WHEN 'registration_set' THEN row_of ->> 'id' WHEN 'impi_set' THEN row_of ->> 'set_id' END;
    BEGIN
      IF TG_TABLE_NAME IN ('impi_set', 'registration_set') THEN
        IF NOT quintet.lock_from_below(of_subscription) THEN
          RETURN OLD;
        END IF;
      ELSE
        PERFORM FROM quintet.subscription WHERE id = of_subscription FOR NO KEY UPDATE;
        IF NOT FOUND THEN
          RETURN OLD;
        END IF;
      END IF;
      IF TG_TABLE_NAME = 'impi_set' AND NOT EXISTS (SELECT FROM quintet.impi WHERE id = which_impi) THEN
        RETURN OLD;
      END IF;
      PERFORM quintet.push_end(of_subscription, which_impi, which_set, 'removed', 0::smallint,
                               CASE TG_OP WHEN 'DELETE' THEN 'the subscription ended' ELSE 'the private identity changed' END);
      RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END
  $$;
COMMENT ON FUNCTION quintet.push_removed() IS 'Writes the RTR for what is removed while it is registered (TS 29.228 6.1.3).';
CREATE TRIGGER subscription_removal_is_pushed BEFORE DELETE ON quintet.subscription
  FOR EACH ROW WHEN (OLD.scscf_host IS NOT NULL) EXECUTE FUNCTION quintet.push_removed();
CREATE TRIGGER impi_removal_is_pushed BEFORE DELETE ON quintet.impi
  FOR EACH ROW EXECUTE FUNCTION quintet.push_removed();
CREATE TRIGGER impi_rename_is_pushed BEFORE UPDATE OF identity ON quintet.impi
  FOR EACH ROW WHEN (NEW.identity <> OLD.identity) EXECUTE FUNCTION quintet.push_removed();
DROP TRIGGER registration_set_holds_subscription ON quintet.registration_set;
DROP TRIGGER impi_set_holds_subscription ON quintet.impi_set;
DROP FUNCTION quintet.hold_subscription();
CREATE TRIGGER registration_set_removal_is_pushed BEFORE DELETE ON quintet.registration_set
  FOR EACH ROW EXECUTE FUNCTION quintet.push_removed();
CREATE TRIGGER impi_set_removal_is_pushed BEFORE DELETE ON quintet.impi_set
  FOR EACH ROW EXECUTE FUNCTION quintet.push_removed();

-- ---- Least privilege -----------------------------------------------------------------------------------------------

REVOKE ALL ON quintet.push FROM quintet_server;
GRANT SELECT, INSERT, UPDATE, DELETE ON quintet.push TO quintet_server;
REVOKE EXECUTE ON FUNCTION quintet.lock_from_below, quintet.push_removed FROM PUBLIC;
