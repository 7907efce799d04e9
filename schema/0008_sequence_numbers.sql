-- SPDX-License-Identifier: Apache-2.0
-- Step 8: number state belongs to K, and outlives every row that names it (docs/architecture.md, "Sequence numbers").

-- ---- What a dump, a copy or a start of PostgreSQL cannot carry along -----------------------------------------------

CREATE DOMAIN quintet.key_fingerprint AS bytea CHECK (octet_length(VALUE) = 16);
CREATE DOMAIN quintet.seq AS bigint CHECK (VALUE BETWEEN 0 AND 8796093022207);
CREATE DOMAIN quintet.ind AS smallint CHECK (VALUE BETWEEN 0 AND 255);

CREATE FUNCTION quintet.lead_of_new() RETURNS bigint
  LANGUAGE sql STABLE
  AS $$ SELECT greatest(0, quintet.seq_lead() - (1 << 26)) $$;
COMMENT ON FUNCTION quintet.lead_of_new() IS
  'Of a K that is new here: it may have come and been used after the dump that was put back, so it owes the leaps since, a fourth of Delta at most.';

-- Domains, not CHECKs: they are looked at only when a value is given, not at every move of the row.
CREATE TABLE quintet.sqn_state (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  fingerprint   quintet.key_fingerprint NOT NULL UNIQUE,
  seq           quintet.seq NOT NULL DEFAULT 0,
  seq_lead      bigint NOT NULL DEFAULT quintet.lead_of_new(),
  raised_lead   bigint NOT NULL DEFAULT quintet.lead_of_new(),
  clock_offset  bigint,
  ind_ps        quintet.ind,
  ind_cs        quintet.ind,
  ind_ims       quintet.ind,
  ind_eps       quintet.ind,
  ind_wlan      quintet.ind,
  ind_gba       quintet.ind,
  resync_since  timestamptz,
  resync_count  integer NOT NULL DEFAULT 0,
  card_seq      bigint NOT NULL DEFAULT 0,
  asked_seq     bigint,
  asked_impi_id bigint,
  asked_set_id  bigint,
  return_nonce  bytea,
  return_until  timestamptz
) WITH (fillfactor = 70);
COMMENT ON TABLE quintet.sqn_state IS
  'Sequence numbers of a K, whatever credentials name it; never deleted (TS 33.102 6.3 and Annex C, TS 33.203 Annex G).';
COMMENT ON COLUMN quintet.sqn_state.id IS 'What locks are sorted and rows are looked up by: cheaper than a fingerprint.';
COMMENT ON COLUMN quintet.sqn_state.fingerprint IS 'HMAC of a label encrypted under K, made inside the token: the same K, the same row.';
COMMENT ON COLUMN quintet.sqn_state.seq IS 'Last SEQ issued, 43 bits. The server''s (TS 33.102 Annex C.1).';
COMMENT ON COLUMN quintet.sqn_state.seq_lead IS 'Lead of the cluster that seq contains already. The server''s.';
COMMENT ON COLUMN quintet.sqn_state.raised_lead IS
  'Lead in force when an AUTS last raised seq, or when the row began: a leap since then may have left numbers behind. The server''s.';
COMMENT ON COLUMN quintet.sqn_state.clock_offset IS
  'Difference of the card''s clock in the time-based profiles. The server''s (TS 33.102 Annex C.1).';
COMMENT ON COLUMN quintet.sqn_state.ind_ps IS 'Last IND issued for the PS domain. The server''s (TS 33.203 Annex G).';
COMMENT ON COLUMN quintet.sqn_state.ind_cs IS 'Last IND issued for the CS domain. The server''s (TS 33.203 Annex G).';
COMMENT ON COLUMN quintet.sqn_state.ind_ims IS 'Last IND issued for IMS. The server''s (TS 33.203 Annex G).';
COMMENT ON COLUMN quintet.sqn_state.ind_eps IS 'Last IND issued for EPS. The server''s (TS 33.203 Annex G).';
COMMENT ON COLUMN quintet.sqn_state.ind_wlan IS 'Last IND issued for WLAN. The server''s (TS 33.203 Annex G).';
COMMENT ON COLUMN quintet.sqn_state.ind_gba IS 'Last IND issued for GBA. The server''s (TS 33.203 Annex G).';
COMMENT ON COLUMN quintet.sqn_state.resync_since IS 'Beginning of the window that counts resynchronisations. The server''s.';
COMMENT ON COLUMN quintet.sqn_state.resync_count IS 'Authentic AUTS in that window. The server''s (TS 33.102 6.3.5).';
COMMENT ON COLUMN quintet.sqn_state.card_seq IS
  'SEQ that the card is known to have reached: of its last authentic AUTS, or of a challenge that it has accepted. The server''s.';
COMMENT ON COLUMN quintet.sqn_state.asked_seq IS
  'SEQ of a challenge that "authentication pending" waits for; accepted, once that is over and the set registered. The server''s.';
COMMENT ON COLUMN quintet.sqn_state.asked_impi_id IS 'Private identity of that challenge. The server''s.';
COMMENT ON COLUMN quintet.sqn_state.asked_set_id IS 'Registration set of that challenge. The server''s.';
COMMENT ON COLUMN quintet.sqn_state.return_nonce IS
  'Set while an operator lets the card return to a SEQ far below: RANDs issued meanwhile are recognised by it.';
COMMENT ON COLUMN quintet.sqn_state.return_until IS 'When that ends.';

-- Lowering needs a row in here for as long as it takes; only functions with the rights of the owner can put it there.
CREATE TABLE quintet.sqn_permit (fingerprint quintet.key_fingerprint PRIMARY KEY);
COMMENT ON TABLE quintet.sqn_permit IS 'K whose numbers may be set to any value in this very transaction; always empty for others.';
COMMENT ON COLUMN quintet.sqn_permit.fingerprint IS 'Of that K.';

-- Number state of credentials whose K nobody has taken a fingerprint of; quintet keys fingerprint does, once.
CREATE TABLE quintet.sqn_unclaimed (
  credential_id bigint PRIMARY KEY REFERENCES quintet.credential,
  seq           bigint NOT NULL,
  seq_lead      bigint NOT NULL,
  clock_offset  bigint,
  ind_ps        smallint,
  ind_cs        smallint,
  ind_ims       smallint,
  ind_eps       smallint,
  ind_wlan      smallint,
  ind_gba       smallint
);
COMMENT ON TABLE quintet.sqn_unclaimed IS
  'Sequence numbers from before fingerprints, until quintet keys fingerprint has seen the K they belong to.';
COMMENT ON COLUMN quintet.sqn_unclaimed.credential_id IS 'Credential that had them.';
COMMENT ON COLUMN quintet.sqn_unclaimed.seq IS 'As in sqn_state.';
COMMENT ON COLUMN quintet.sqn_unclaimed.seq_lead IS 'As in sqn_state.';
COMMENT ON COLUMN quintet.sqn_unclaimed.clock_offset IS 'As in sqn_state.';
COMMENT ON COLUMN quintet.sqn_unclaimed.ind_ps IS 'As in sqn_state.';
COMMENT ON COLUMN quintet.sqn_unclaimed.ind_cs IS 'As in sqn_state.';
COMMENT ON COLUMN quintet.sqn_unclaimed.ind_ims IS 'As in sqn_state.';
COMMENT ON COLUMN quintet.sqn_unclaimed.ind_eps IS 'As in sqn_state.';
COMMENT ON COLUMN quintet.sqn_unclaimed.ind_wlan IS 'As in sqn_state.';
COMMENT ON COLUMN quintet.sqn_unclaimed.ind_gba IS 'As in sqn_state.';

INSERT INTO quintet.sqn_unclaimed
  SELECT id, seq, seq_lead, clock_offset, ind_ps, ind_cs, ind_ims, ind_eps, ind_wlan, ind_gba
  FROM quintet.credential WHERE seq > 0;
ALTER TABLE quintet.credential
  DROP COLUMN seq, DROP COLUMN seq_lead, DROP COLUMN clock_offset, DROP COLUMN ind_ps, DROP COLUMN ind_cs,
  DROP COLUMN ind_ims, DROP COLUMN ind_eps, DROP COLUMN ind_wlan, DROP COLUMN ind_gba, DROP COLUMN resync_since,
  DROP COLUMN resync_count, ADD COLUMN fingerprint quintet.key_fingerprint, ADD COLUMN sqn_id bigint;
ALTER TABLE quintet.credential RESET (fillfactor);
CREATE INDEX credential_fingerprint ON quintet.credential (fingerprint);
COMMENT ON TABLE quintet.credential IS
  'Card application: K wrapped by a token key, OPc sealed, and which sequence numbers K has (TS 33.102 6.3, TS 35.206).';
COMMENT ON COLUMN quintet.credential.fingerprint IS
  'Of K, from the token, which the server asks again: names the row of sqn_state. NULL: not taken yet, and not served.';
-- No foreign key: sqn_state may be emptied and filled, and whoever restores it must not lose credentials.
COMMENT ON COLUMN quintet.credential.sqn_id IS
  'Row of sqn_state that has this fingerprint, kept by a trigger. The token is asked for the fingerprint that stands there.';

-- ---- Which incarnation of this database issued numbers last --------------------------------------------------------
-- Any other one may lack commits whose vectors are out: a leap (docs/architecture.md, "Lost commits").

ALTER TABLE quintet.cluster
  ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(),
  ADD COLUMN database_oid oid,
  ADD COLUMN table_oid oid,
  ADD COLUMN table_filenode oid,
  ADD COLUMN server_start timestamptz,
  ADD COLUMN ind_bits smallint CHECK (ind_bits BETWEEN 0 AND 8),
  ADD COLUMN policy text;
COMMENT ON COLUMN quintet.cluster.id IS 'Names this set of numbers wherever it is copied to; the witness files of the nodes know it by that.';
COMMENT ON COLUMN quintet.cluster.database_oid IS 'Of the database: another one after DROP and CREATE, the same after a rename.';
COMMENT ON COLUMN quintet.cluster.table_oid IS 'Of sqn_state: another one after it was dropped and restored.';
COMMENT ON COLUMN quintet.cluster.table_filenode IS 'File of sqn_state: another one after TRUNCATE and VACUUM FULL.';
COMMENT ON COLUMN quintet.cluster.server_start IS 'Start of PostgreSQL: a copied or older data directory needs one.';
COMMENT ON COLUMN quintet.cluster.ind_bits IS
  'Length of IND in all numbers issued, fixed with the first one: with another one numbers would repeat (TS 33.102 C.1.1.1).';
COMMENT ON COLUMN quintet.cluster.policy IS 'Profile and index ranges of the node that connected last, to notice nodes that differ.';

-- What cluster remembers of it, as it is now.
CREATE FUNCTION quintet.incarnation(OUT system_identifier bigint, OUT timeline bigint, OUT database_oid oid, OUT table_oid oid,
                                    OUT table_filenode oid, OUT server_start timestamptz) RETURNS record
  LANGUAGE sql VOLATILE
  AS $$
    SELECT control.system_identifier, quintet.timeline(), pg_database.oid, 'quintet.sqn_state'::regclass::oid,
      pg_relation_filenode('quintet.sqn_state'), pg_postmaster_start_time()
    FROM pg_control_system() AS control, pg_database WHERE datname = current_database()
  $$;

-- A database with credentials leaps once at its next start: this step cannot know whether it was restored just now.
UPDATE quintet.cluster
  SET (system_identifier, timeline, database_oid, table_oid, table_filenode, server_start)
    = (SELECT now.system_identifier, now.timeline, now.database_oid, now.table_oid, now.table_filenode, now.server_start
       FROM quintet.incarnation() AS now)
  WHERE NOT EXISTS (SELECT FROM quintet.credential);

-- ---- Numbers never go back -----------------------------------------------------------------------------------------
-- ENABLE ALWAYS: no session_replication_role switches these off.

CREATE FUNCTION quintet.refuse_lower_sqn() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    BEGIN
      IF (NEW.id, NEW.fingerprint) = (OLD.id, OLD.fingerprint) AND NEW.seq_lead <= quintet.seq_lead()
          AND (NEW.seq >= OLD.seq AND NEW.seq_lead >= OLD.seq_lead AND NEW.seq - NEW.seq_lead >= OLD.seq - OLD.seq_lead
               OR EXISTS (SELECT FROM quintet.sqn_permit WHERE fingerprint = NEW.fingerprint)) THEN
        RETURN NULL;
      END IF;
      -- A lead above that of the cluster would let the next leaps pass this K by.
      RAISE EXCEPTION 'the sequence number of a K would go back from % to %, or its lead from % to % of %', OLD.seq, NEW.seq, OLD.seq_lead,
        NEW.seq_lead, quintet.seq_lead()
        USING ERRCODE = 'check_violation', CONSTRAINT = 'sqn_state_never_goes_back', TABLE = 'sqn_state', SCHEMA = 'quintet',
              HINT = 'quintet sqn set CARD SEQ --force does it, and leaves an entry in audit.';
    END
  $$;
CREATE TRIGGER sqn_state_never_goes_back AFTER UPDATE ON quintet.sqn_state
  FOR EACH ROW WHEN (NEW.seq < OLD.seq OR NEW.seq_lead <> OLD.seq_lead OR NEW.seq - NEW.seq_lead < OLD.seq - OLD.seq_lead
                     OR NEW.fingerprint <> OLD.fingerprint OR NEW.id <> OLD.id)
  EXECUTE FUNCTION quintet.refuse_lower_sqn();
ALTER TABLE quintet.sqn_state ENABLE ALWAYS TRIGGER sqn_state_never_goes_back;

CREATE FUNCTION quintet.refuse_lower_lead() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      RAISE EXCEPTION 'seq_lead would go back from % to %, or ind_bits change from %', OLD.seq_lead, NEW.seq_lead, OLD.ind_bits
        USING ERRCODE = 'check_violation', CONSTRAINT = 'cluster_never_goes_back', TABLE = 'cluster', SCHEMA = 'quintet';
    END
  $$;
CREATE TRIGGER cluster_never_goes_back AFTER UPDATE ON quintet.cluster
  FOR EACH ROW WHEN (NEW.seq_lead < OLD.seq_lead OR OLD.ind_bits <> NEW.ind_bits OR OLD.ind_bits IS NOT NULL AND NEW.ind_bits IS NULL
                     OR NEW.id <> OLD.id)
  EXECUTE FUNCTION quintet.refuse_lower_lead();
ALTER TABLE quintet.cluster ENABLE ALWAYS TRIGGER cluster_never_goes_back;

CREATE FUNCTION quintet.refuse_removal() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      RAISE EXCEPTION 'rows of % are never removed: their numbers would be issued twice', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME, SCHEMA = 'quintet';
    END
  $$;
CREATE TRIGGER sqn_state_is_never_removed BEFORE DELETE OR TRUNCATE ON quintet.sqn_state
  FOR EACH STATEMENT EXECUTE FUNCTION quintet.refuse_removal();
CREATE TRIGGER cluster_is_never_removed BEFORE DELETE OR TRUNCATE ON quintet.cluster
  FOR EACH STATEMENT EXECUTE FUNCTION quintet.refuse_removal();
ALTER TABLE quintet.sqn_state ENABLE ALWAYS TRIGGER sqn_state_is_never_removed;
ALTER TABLE quintet.cluster ENABLE ALWAYS TRIGGER cluster_is_never_removed;

-- Rows that come by hand (COPY) may be older than those that went; rows of functions have their permit or come in a trigger.
CREATE FUNCTION quintet.leap_after_copy() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    BEGIN
      IF EXISTS (SELECT FROM added WHERE NOT EXISTS (SELECT FROM quintet.sqn_permit WHERE fingerprint = added.fingerprint)) THEN
        UPDATE quintet.cluster SET seq_lead = greatest(seq_lead, (SELECT max(seq_lead) FROM added)) + 65536;
        RAISE WARNING 'rows were put into sqn_state by hand: all sequence numbers leap by 65536';
      END IF;
      RETURN NULL;
    END
  $$;
CREATE TRIGGER sqn_state_leaps_after_copy AFTER INSERT ON quintet.sqn_state REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION quintet.leap_after_copy();
ALTER TABLE quintet.sqn_state ENABLE ALWAYS TRIGGER sqn_state_leaps_after_copy;

-- ---- A credential and the numbers of its K -------------------------------------------------------------------------

-- A known K goes on, an unknown one begins. While numbers are unclaimed nobody can tell which K is unknown.
CREATE FUNCTION quintet.numbers_of_key() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    DECLARE
      given bigint := NEW.sqn_id;
    BEGIN
      IF TG_OP = 'UPDATE' AND EXISTS (SELECT FROM quintet.sqn_unclaimed WHERE credential_id = OLD.id) THEN
        RAISE EXCEPTION 'the sequence numbers of credential % belong to no fingerprint yet', OLD.name
          USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Run quintet keys fingerprint first.';
      END IF;
      -- Another K under the same KEK, by a mechanism that gives the same for the same: the fingerprint is not its.
      IF TG_OP = 'UPDATE' AND NEW.fingerprint IS NOT DISTINCT FROM OLD.fingerprint
          AND (NEW.k_wrapped, NEW.key_uri) IS DISTINCT FROM (OLD.k_wrapped, OLD.key_uri)
          AND (NEW.kek_id, NEW.wrap_mechanism) IS NOT DISTINCT FROM (OLD.kek_id, OLD.wrap_mechanism)
          AND NEW.wrap_mechanism IS DISTINCT FROM 'aes-cbc-pad' THEN
        NEW.fingerprint := NULL;
      END IF;
      NEW.sqn_id := (SELECT id FROM quintet.sqn_state WHERE fingerprint = NEW.fingerprint);
      IF NEW.fingerprint IS NULL OR NEW.sqn_id IS NOT NULL THEN
        RETURN NEW;
      ELSIF TG_OP = 'INSERT' AND given IS NOT NULL THEN  -- a dump of rows, whose sqn_state comes after this table
        NEW.sqn_id := given;
        RETURN NEW;
      END IF;
      IF EXISTS (SELECT FROM quintet.sqn_unclaimed) THEN
        RAISE EXCEPTION 'there are sequence numbers that belong to no fingerprint yet, maybe those of this K'
          USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Run quintet keys fingerprint first.';
      ELSIF TG_OP = 'UPDATE' AND NEW.fingerprint = OLD.fingerprint THEN
        RAISE EXCEPTION 'the sequence numbers of credential % are gone from sqn_state; let quintet.begin_sequence say where its K goes on',
          OLD.name USING ERRCODE = 'object_not_in_prerequisite_state';
      END IF;
      INSERT INTO quintet.sqn_state (fingerprint) VALUES (NEW.fingerprint) ON CONFLICT (fingerprint) DO NOTHING RETURNING id INTO NEW.sqn_id;
      IF NOT FOUND THEN  -- somebody else was quicker
        NEW.sqn_id := (SELECT id FROM quintet.sqn_state WHERE fingerprint = NEW.fingerprint);
      END IF;
      RETURN NEW;
    END
  $$;
CREATE TRIGGER credential_has_numbers BEFORE INSERT OR UPDATE OF fingerprint, sqn_id, k_wrapped, key_uri ON quintet.credential
  FOR EACH ROW EXECUTE FUNCTION quintet.numbers_of_key();
ALTER TABLE quintet.credential ENABLE ALWAYS TRIGGER credential_has_numbers;

-- The numbers of a K before this credential got its fingerprint, or of another name of the same K: the higher ones count.
CREATE FUNCTION quintet.merge_numbers(fingerprint bytea, held quintet.sqn_unclaimed) RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp
  AS $$
    INSERT INTO quintet.sqn_permit VALUES (merge_numbers.fingerprint);
    INSERT INTO quintet.sqn_state AS known (fingerprint, seq, seq_lead, raised_lead, clock_offset, ind_ps, ind_cs, ind_ims,
                                            ind_eps, ind_wlan, ind_gba, card_seq)
      VALUES (merge_numbers.fingerprint, held.seq, held.seq_lead, 0, held.clock_offset, held.ind_ps, held.ind_cs, held.ind_ims,
              held.ind_eps, held.ind_wlan, held.ind_gba, held.seq)
      ON CONFLICT ON CONSTRAINT sqn_state_fingerprint_key DO UPDATE SET
        seq = greatest(known.seq + quintet.seq_lead() - known.seq_lead, EXCLUDED.seq + quintet.seq_lead() - EXCLUDED.seq_lead),
        seq_lead = quintet.seq_lead(), raised_lead = 0, card_seq = greatest(known.card_seq, EXCLUDED.card_seq),
        clock_offset = NULL;
    DELETE FROM quintet.sqn_permit WHERE sqn_permit.fingerprint = merge_numbers.fingerprint;
  $$;

-- Gives a credential the fingerprint of its K, with the numbers that it had. For whoever has asked the token: the server's
-- role. A wrong one is found out at the next unwrapping.
CREATE FUNCTION quintet.claim_fingerprint(credential_id bigint, fingerprint bytea) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    DECLARE
      before quintet.key_fingerprint;
      held quintet.sqn_unclaimed;
    BEGIN
      SELECT credential.fingerprint INTO before FROM quintet.credential WHERE id = claim_fingerprint.credential_id FOR UPDATE;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no credential %', claim_fingerprint.credential_id USING ERRCODE = 'no_data_found';
      END IF;
      -- What was claimed for another fingerprint goes along, or a detour over a made-up one would begin anew.
      SELECT claim_fingerprint.credential_id, seq, seq_lead, clock_offset, ind_ps, ind_cs, ind_ims, ind_eps, ind_wlan, ind_gba INTO held
        FROM quintet.sqn_state WHERE sqn_state.fingerprint = before AND before <> claim_fingerprint.fingerprint;
      IF FOUND THEN
        PERFORM quintet.merge_numbers(claim_fingerprint.fingerprint, held);
      END IF;
      DELETE FROM quintet.sqn_unclaimed WHERE sqn_unclaimed.credential_id = claim_fingerprint.credential_id RETURNING * INTO held;
      IF FOUND THEN
        PERFORM quintet.merge_numbers(claim_fingerprint.fingerprint, held);
      END IF;
      UPDATE quintet.credential SET fingerprint = claim_fingerprint.fingerprint WHERE id = claim_fingerprint.credential_id;
    END
  $$;

-- Where the numbers of a K begin that is new here, but not new: it comes from another AuC.
CREATE FUNCTION quintet.begin_sequence(fingerprint bytea, seq bigint) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    DECLARE
      known quintet.sqn_state;
      ceiling bigint := least(43, 48 - coalesce((SELECT ind_bits FROM quintet.cluster), 5));
    BEGIN
      ceiling := (1::bigint << ceiling::integer) - 1 - (1 << 28);
      IF begin_sequence.seq NOT BETWEEN 0 AND ceiling THEN
        RAISE EXCEPTION 'SEQ % is not between 0 and the ceiling of %', begin_sequence.seq, ceiling
          USING ERRCODE = 'numeric_value_out_of_range';
      END IF;
      SELECT * INTO known FROM quintet.sqn_state WHERE sqn_state.fingerprint = begin_sequence.fingerprint;
      IF known.card_seq = begin_sequence.seq
          AND coalesce(known.ind_ps, known.ind_cs, known.ind_ims, known.ind_eps, known.ind_wlan, known.ind_gba) IS NULL THEN
        RETURN;  -- a script that runs again, before the first number
      ELSIF known.id IS NOT NULL THEN  -- where it stands is not for whoever may call this
        RAISE EXCEPTION 'this K is known here already; it cannot begin at %', begin_sequence.seq
          USING ERRCODE = 'unique_violation', HINT = 'quintet sqn set is for a K that is known.';
      ELSIF EXISTS (SELECT FROM quintet.sqn_unclaimed) THEN
        RAISE EXCEPTION 'there are sequence numbers that belong to no fingerprint yet, maybe those of this K'
          USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Run quintet keys fingerprint first.';
      END IF;
      INSERT INTO quintet.sqn_permit VALUES (begin_sequence.fingerprint);
      INSERT INTO quintet.sqn_state (fingerprint, seq, card_seq) VALUES (begin_sequence.fingerprint, begin_sequence.seq, begin_sequence.seq);
      DELETE FROM quintet.sqn_permit WHERE sqn_permit.fingerprint = begin_sequence.fingerprint;
    END
  $$;

-- The operator's act, up or down, under the lead that SEQ was decided with; its entry in audit is written here, so that none is without
-- or says something else.
CREATE FUNCTION quintet.set_sequence(fingerprint bytea, seq bigint, seq_lead bigint, card_is_there boolean, action text, note text)
  RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    DECLARE
      lead bigint := least(set_sequence.seq_lead, quintet.seq_lead());
      before bigint;
      names text := (SELECT string_agg(name, ' ' ORDER BY name) FROM quintet.credential
                     WHERE credential.fingerprint = set_sequence.fingerprint);
    BEGIN
      SELECT known.seq + lead - known.seq_lead INTO before FROM quintet.sqn_state AS known
        WHERE known.fingerprint = set_sequence.fingerprint FOR NO KEY UPDATE;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'no K has this fingerprint' USING ERRCODE = 'no_data_found';
      END IF;
      INSERT INTO quintet.sqn_permit VALUES (set_sequence.fingerprint);
      -- Without an offset the time-based profile starts its clock at SEQ.
      UPDATE quintet.sqn_state
        SET seq = set_sequence.seq, seq_lead = lead, raised_lead = lead, clock_offset = NULL, asked_seq = NULL, return_nonce = NULL,
          return_until = NULL, card_seq = CASE WHEN card_is_there THEN set_sequence.seq ELSE least(card_seq, set_sequence.seq) END
        WHERE sqn_state.fingerprint = set_sequence.fingerprint;
      DELETE FROM quintet.sqn_permit WHERE sqn_permit.fingerprint = set_sequence.fingerprint;
      INSERT INTO quintet.audit (action, subject, detail)
        VALUES (set_sequence.action, coalesce(names, encode(set_sequence.fingerprint, 'hex')),
                'SEQ ' || before || ' to ' || set_sequence.seq || '; ' || set_sequence.note);
    END
  $$;

-- Numbers of a K that no token opens any more would hold up every new K for ever. The owner's act.
CREATE FUNCTION quintet.give_up_numbers(credential text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
  AS $$
    DECLARE
      held quintet.sqn_unclaimed;
    BEGIN
      DELETE FROM quintet.sqn_unclaimed
        WHERE credential_id = (SELECT id FROM quintet.credential WHERE name = give_up_numbers.credential) RETURNING * INTO held;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'no numbers of credential % wait for a fingerprint', give_up_numbers.credential USING ERRCODE = 'no_data_found';
      END IF;
      INSERT INTO quintet.audit (action, subject, detail)
        VALUES ('sqn give up', give_up_numbers.credential, 'SEQ ' || held.seq || '; by ' || session_user);
    END
  $$;

-- ---- The way back of a card that is out of reach -------------------------------------------------------------------
-- Its AUTS tells a SEQ more than Delta below, and no number that goes up will be accepted any more. An operator arms it for ten
-- minutes: RANDs issued meanwhile are recognised by the nonce, so that no older AUTS counts, and the first authentic AUTS to
-- one of them takes SEQ down, once.

CREATE FUNCTION quintet.arm_return(fingerprint bytea, subject text, detail text) RETURNS timestamptz
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    DECLARE
      until timestamptz := clock_timestamp() + interval '10 minutes';
    BEGIN
      UPDATE quintet.sqn_state SET return_nonce = uuid_send(gen_random_uuid()), return_until = until
        WHERE sqn_state.fingerprint = arm_return.fingerprint;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'no K has this fingerprint' USING ERRCODE = 'no_data_found';
      END IF;
      INSERT INTO quintet.audit (action, subject, detail) VALUES ('sqn return armed', arm_return.subject, arm_return.detail);
      RETURN until;
    END
  $$;

CREATE FUNCTION quintet.take_return(fingerprint bytea, nonce bytea, seq bigint, subject text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    DECLARE
      before bigint;
    BEGIN
      SELECT known.seq + quintet.seq_lead() - known.seq_lead INTO before FROM quintet.sqn_state AS known
        WHERE known.fingerprint = take_return.fingerprint AND known.return_nonce = take_return.nonce
          AND known.return_until BETWEEN clock_timestamp() AND clock_timestamp() + interval '10 minutes'
        FOR NO KEY UPDATE;
      IF before IS NULL OR before - take_return.seq < 1 << 28 THEN
        RAISE EXCEPTION 'this card is not armed for a return, or not beyond Delta'
          USING ERRCODE = 'object_not_in_prerequisite_state';
      END IF;
      INSERT INTO quintet.sqn_permit VALUES (take_return.fingerprint);
      UPDATE quintet.sqn_state
        SET seq = take_return.seq, seq_lead = quintet.seq_lead(), raised_lead = quintet.seq_lead(), clock_offset = NULL,
          card_seq = take_return.seq, asked_seq = NULL, return_nonce = NULL, return_until = NULL
        WHERE sqn_state.fingerprint = take_return.fingerprint;
      DELETE FROM quintet.sqn_permit WHERE sqn_permit.fingerprint = take_return.fingerprint;
      INSERT INTO quintet.audit (action, subject, detail)
        VALUES ('sqn return taken', take_return.subject, 'SEQ ' || before || ' to ' || take_return.seq || ', as the card says');
    END
  $$;

-- ---- Least privilege -----------------------------------------------------------------------------------------------

GRANT SELECT ON quintet.sqn_state, quintet.sqn_unclaimed, quintet.sqn_permit TO quintet_server;
GRANT UPDATE (seq, seq_lead, raised_lead, clock_offset, ind_ps, ind_cs, ind_ims, ind_eps, ind_wlan, ind_gba, resync_since,
              resync_count, card_seq, asked_seq, asked_impi_id, asked_set_id) ON quintet.sqn_state TO quintet_server;
GRANT UPDATE (database_oid, table_oid, table_filenode, server_start, ind_bits, policy) ON quintet.cluster TO quintet_server;
GRANT INSERT (fingerprint), UPDATE (fingerprint) ON quintet.credential TO quintet_provisioner;
REVOKE ALL ON FUNCTION quintet.refuse_lower_sqn, quintet.leap_after_copy, quintet.numbers_of_key, quintet.merge_numbers,
  quintet.claim_fingerprint, quintet.begin_sequence, quintet.set_sequence, quintet.give_up_numbers, quintet.arm_return,
  quintet.take_return FROM PUBLIC;
GRANT EXECUTE ON FUNCTION quintet.claim_fingerprint, quintet.set_sequence, quintet.arm_return, quintet.take_return TO quintet_server;
GRANT EXECUTE ON FUNCTION quintet.begin_sequence TO quintet_provisioner;
