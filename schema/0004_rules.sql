-- SPDX-License-Identifier: Apache-2.0
-- Step 4: rules that concern several rows. What breaks one is refused with a sentence that names the rows and the way out.
-- Rules whose rows come in any order are checked at COMMIT (deferred).

-- ---- Members of a set --------------------------------------------------------------------------------------------

-- A public service identity is registered by itself: implicit registration is for public user identities
-- (TS 23.228 5.2.1a).
CREATE UNIQUE INDEX impu_psi_has_a_set_of_its_own ON quintet.impu (set_id) WHERE type IN ('distinct_psi', 'wildcarded_psi');

CREATE FUNCTION quintet.check_psi_stands_alone() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    DECLARE
      psi text;
      other text;
    BEGIN
      SELECT service.identity, member.identity INTO psi, other
        FROM quintet.impu AS service
        JOIN changed AS member ON member.set_id = service.set_id AND member.id <> service.id
        WHERE service.type IN ('distinct_psi', 'wildcarded_psi')
      UNION ALL
        SELECT service.identity, member.identity
        FROM changed AS service
        JOIN quintet.impu AS member ON member.set_id = service.set_id AND member.id <> service.id
        WHERE service.type IN ('distinct_psi', 'wildcarded_psi')
      LIMIT 1;
      IF FOUND THEN
        RAISE EXCEPTION 'the public service identity % shares its registration set with %', psi, other
          USING ERRCODE = 'check_violation', CONSTRAINT = 'impu_psi_has_a_set_of_its_own', TABLE = 'impu', SCHEMA = 'quintet',
                HINT = 'Give it a registration_set of its own.';
      END IF;
      RETURN NULL;
    END
  $$;
CREATE TRIGGER impu_psi_stands_alone_insert AFTER INSERT ON quintet.impu REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION quintet.check_psi_stands_alone();
CREATE TRIGGER impu_psi_stands_alone_update AFTER UPDATE ON quintet.impu REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION quintet.check_psi_stands_alone();

-- RTR, PPR and registration of a set with a wildcarded PUI name a distinct one (TS 29.228 6.1.2.1, 6.1.3.1).
CREATE FUNCTION quintet.check_wildcard_has_distinct_pui() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    DECLARE
      sets bigint[] := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.set_id] WHEN 'DELETE' THEN ARRAY[OLD.set_id]
                                  ELSE ARRAY[OLD.set_id, NEW.set_id] END;
      wildcard text;
    BEGIN
      SELECT identity INTO wildcard FROM quintet.impu
        WHERE set_id = ANY (sets) AND type = 'wildcarded_pui'
          AND NOT EXISTS (SELECT FROM quintet.impu AS other WHERE other.set_id = impu.set_id AND other.type = 'distinct_pui')
        LIMIT 1;
      IF FOUND THEN
        RAISE EXCEPTION 'the registration set of the wildcarded identity % has no distinct public user identity', wildcard
          USING ERRCODE = 'check_violation', CONSTRAINT = 'impu_wildcard_has_distinct_pui', TABLE = 'impu', SCHEMA = 'quintet',
                HINT = 'Insert one of type distinct_pui into the same set, in the same transaction.';
      END IF;
      RETURN NULL;
    END
  $$;
CREATE CONSTRAINT TRIGGER impu_wildcard_has_distinct_pui_insert AFTER INSERT ON quintet.impu
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.type = 'wildcarded_pui')
  EXECUTE FUNCTION quintet.check_wildcard_has_distinct_pui();
CREATE CONSTRAINT TRIGGER impu_wildcard_has_distinct_pui_update AFTER UPDATE OF type, set_id ON quintet.impu
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.type = 'wildcarded_pui' OR OLD.type = 'distinct_pui')
  EXECUTE FUNCTION quintet.check_wildcard_has_distinct_pui();
CREATE CONSTRAINT TRIGGER impu_wildcard_has_distinct_pui_delete AFTER DELETE ON quintet.impu
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.type = 'distinct_pui')
  EXECUTE FUNCTION quintet.check_wildcard_has_distinct_pui();

-- Aliases belong to one set and have one service profile (TS 29.228 Annex B).
CREATE FUNCTION quintet.check_alias_group() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    DECLARE
      one quintet.impu;
      other quintet.impu;
    BEGIN
      SELECT * INTO one FROM quintet.impu WHERE id = NEW.id;
      SELECT member.* INTO other
        FROM quintet.registration_set AS its
        JOIN quintet.registration_set AS of USING (subscription_id)
        JOIN quintet.impu AS member ON member.set_id = of.id
        WHERE its.id = one.set_id AND member.alias_group = one.alias_group
          AND (member.set_id, member.service_profile_id) IS DISTINCT FROM (one.set_id, one.service_profile_id)
        LIMIT 1;
      IF FOUND THEN
        RAISE EXCEPTION 'the identities % and % of the alias group % differ in their %', one.identity, other.identity,
            one.alias_group, CASE WHEN one.set_id <> other.set_id THEN 'registration set' ELSE 'service profile' END
          USING ERRCODE = 'check_violation', CONSTRAINT = 'impu_alias_group_shares_set_and_profile', TABLE = 'impu',
                SCHEMA = 'quintet', HINT = 'Give all members the same set_id and service_profile_id, in one transaction.';
      END IF;
      RETURN NULL;
    END
  $$;
CREATE CONSTRAINT TRIGGER impu_alias_group_shares_set_and_profile_insert AFTER INSERT ON quintet.impu
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.alias_group IS NOT NULL)
  EXECUTE FUNCTION quintet.check_alias_group();
CREATE CONSTRAINT TRIGGER impu_alias_group_shares_set_and_profile_update
  AFTER UPDATE OF alias_group, set_id, service_profile_id ON quintet.impu
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.alias_group IS NOT NULL)
  EXECUTE FUNCTION quintet.check_alias_group();

-- ---- Authentication schemes --------------------------------------------------------------------------------------

-- A scheme comes with what it needs; for AKA a CHECK of impi sees to that. GIBA needs nothing until the gateway tells an
-- address.
CREATE FUNCTION quintet.check_scheme_has_data(which bigint) RETURNS void
  LANGUAGE plpgsql
  AS $$
    DECLARE
      lacking record;
    BEGIN
      SELECT identity, scheme, needed INTO lacking
        FROM quintet.impi,
          LATERAL (VALUES
            ('sip-digest', 'digest_secret', EXISTS (SELECT FROM quintet.digest_secret WHERE impi_id = impi.id)),
            ('nass-bundled', 'line_identifier', EXISTS (SELECT FROM quintet.line_identifier WHERE impi_id = impi.id)))
          AS data (scheme, needed, present)
        WHERE id = which AND scheme = ANY (schemes) AND NOT present
        LIMIT 1;
      IF FOUND THEN
        RAISE EXCEPTION 'the private identity % may use %, but has no row in %', lacking.identity, lacking.scheme, lacking.needed
          USING ERRCODE = 'check_violation', CONSTRAINT = 'impi_scheme_has_its_data', TABLE = 'impi', SCHEMA = 'quintet',
                HINT = format('Insert its %s in the same transaction, or leave the scheme out of impi.schemes until then.',
                              lacking.needed);
      END IF;
    END
  $$;

CREATE FUNCTION quintet.check_schemes_of_impi() RETURNS trigger
  LANGUAGE plpgsql
  AS $$ BEGIN PERFORM quintet.check_scheme_has_data(NEW.id); RETURN NULL; END $$;
CREATE FUNCTION quintet.check_schemes_without_data() RETURNS trigger
  LANGUAGE plpgsql
  AS $$ BEGIN PERFORM quintet.check_scheme_has_data(OLD.impi_id); RETURN NULL; END $$;

CREATE CONSTRAINT TRIGGER impi_scheme_has_its_data AFTER INSERT OR UPDATE OF schemes ON quintet.impi
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.schemes && '{sip-digest,nass-bundled}'::text[])
  EXECUTE FUNCTION quintet.check_schemes_of_impi();
CREATE CONSTRAINT TRIGGER impi_scheme_has_its_data AFTER DELETE OR UPDATE OF impi_id ON quintet.digest_secret
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION quintet.check_schemes_without_data();
CREATE CONSTRAINT TRIGGER impi_scheme_has_its_data AFTER DELETE OR UPDATE OF impi_id ON quintet.line_identifier
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION quintet.check_schemes_without_data();

-- TUAK (TS 35.231) is Keccak over K: a token that computes only what PKCS#11 names cannot, and K never leaves it.
CREATE FUNCTION quintet.refuse_algorithm() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      RAISE EXCEPTION 'the credential % asks for the algorithm %, which is not served: only milenage is', NEW.name, NEW.algorithm
        USING ERRCODE = 'check_violation', CONSTRAINT = 'credential_algorithm_is_served', TABLE = 'credential', SCHEMA = 'quintet',
              DETAIL = CASE NEW.algorithm WHEN 'tuak'
                         THEN 'TUAK needs Keccak under K; PKCS#11 has no mechanism for that, and K does not leave the token.'
                         ELSE 'No other algorithm of 3GPP is known here.' END,
              HINT = 'Cards of TUAK need a token with a mechanism of its vendor for them, which Quintet does not know yet.';
    END
  $$;
CREATE TRIGGER credential_algorithm_is_served BEFORE INSERT OR UPDATE OF algorithm ON quintet.credential
  FOR EACH ROW WHEN (NEW.algorithm <> 'milenage') EXECUTE FUNCTION quintet.refuse_algorithm();

-- ---- Filter criteria ---------------------------------------------------------------------------------------------

-- How messages call a criterion.
CREATE FUNCTION quintet.name_of_ifc(ifc quintet.initial_filter_criteria) RETURNS text
  LANGUAGE sql STABLE
  AS $$
    SELECT format('%s of %s', ifc.priority, coalesce(
      'the service profile ' || (SELECT name FROM quintet.service_profile WHERE id = ifc.profile_id),
      'the shared set ' || ifc.shared_ifc_set_id))
  $$;

-- Where a peer lacks SiFC the shared sets are expanded, and a priority may come once in a profile (TS 29.228 Annex B).
CREATE FUNCTION quintet.check_priorities(profile_ids bigint[]) RETURNS void
  LANGUAGE plpgsql
  AS $$
    DECLARE
      clash record;
    BEGIN
      SELECT profile.name, ifc.priority,
          string_agg(coalesce('shared set ' || ifc.shared_ifc_set_id, 'its own'), ', ' ORDER BY ifc.shared_ifc_set_id NULLS FIRST)
          AS sources INTO clash
        FROM unnest(profile_ids) AS changed (id)
        JOIN quintet.service_profile AS profile USING (id)
        JOIN quintet.profile_ifc ON profile_ifc.profile_id = profile.id
        JOIN quintet.initial_filter_criteria AS ifc ON ifc.id = profile_ifc.ifc_id
        GROUP BY profile.name, ifc.priority HAVING count(*) > 1 LIMIT 1;
      IF FOUND THEN
        RAISE EXCEPTION 'the service profile % would have two filter criteria of priority %', clash.name, clash.priority
          USING ERRCODE = 'check_violation', CONSTRAINT = 'initial_filter_criteria_priority_is_unique_when_expanded',
                TABLE = 'initial_filter_criteria', SCHEMA = 'quintet', DETAIL = 'They come from: ' || clash.sources || '.',
                HINT = 'Keep a block of priorities for each shared set.';
      END IF;
    END
  $$;

CREATE FUNCTION quintet.check_priorities_of_criteria() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      PERFORM quintet.check_priorities(ARRAY(
        SELECT profile_id FROM changed WHERE profile_id IS NOT NULL
        UNION
        SELECT link.profile_id FROM changed JOIN quintet.service_profile_shared_ifc_set AS link USING (shared_ifc_set_id)));
      RETURN NULL;
    END
  $$;
CREATE FUNCTION quintet.check_priorities_of_profiles() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      PERFORM quintet.check_priorities(ARRAY(SELECT DISTINCT profile_id FROM changed));
      RETURN NULL;
    END
  $$;
CREATE TRIGGER priority_is_unique_when_expanded_insert AFTER INSERT ON quintet.initial_filter_criteria
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION quintet.check_priorities_of_criteria();
CREATE TRIGGER priority_is_unique_when_expanded_update AFTER UPDATE ON quintet.initial_filter_criteria
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION quintet.check_priorities_of_criteria();
CREATE TRIGGER priority_is_unique_when_expanded_insert AFTER INSERT ON quintet.service_profile_shared_ifc_set
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION quintet.check_priorities_of_profiles();
CREATE TRIGGER priority_is_unique_when_expanded_update AFTER UPDATE ON quintet.service_profile_shared_ifc_set
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION quintet.check_priorities_of_profiles();

-- A trigger point holds at least one service point trigger; a criterion without one always matches.
CREATE FUNCTION quintet.check_trigger_point() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    DECLARE
      which bigint;
      ifc quintet.initial_filter_criteria;
    BEGIN
      IF TG_TABLE_NAME = 'initial_filter_criteria' THEN which := NEW.id; ELSE which := OLD.ifc_id; END IF;
      SELECT * INTO ifc FROM quintet.initial_filter_criteria
        WHERE id = which AND condition_type_cnf IS NOT NULL
          AND NOT EXISTS (SELECT FROM quintet.service_point_trigger WHERE ifc_id = which);
      IF FOUND THEN
        RAISE EXCEPTION 'the filter criterion % has a trigger point without a service point trigger', quintet.name_of_ifc(ifc)
          USING ERRCODE = 'check_violation', CONSTRAINT = 'initial_filter_criteria_trigger_point_has_triggers',
                TABLE = 'initial_filter_criteria', SCHEMA = 'quintet',
                HINT = 'Insert its service_point_trigger rows in the same transaction, or set condition_type_cnf to NULL.';
      END IF;
      RETURN NULL;
    END
  $$;
CREATE CONSTRAINT TRIGGER initial_filter_criteria_has_triggers
  AFTER INSERT OR UPDATE OF condition_type_cnf ON quintet.initial_filter_criteria
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.condition_type_cnf IS NOT NULL)
  EXECUTE FUNCTION quintet.check_trigger_point();
CREATE CONSTRAINT TRIGGER service_point_trigger_is_not_the_last AFTER DELETE OR UPDATE OF ifc_id ON quintet.service_point_trigger
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION quintet.check_trigger_point();

CREATE FUNCTION quintet.refuse_trigger_without_point(ifc_ids bigint[]) RETURNS void
  LANGUAGE plpgsql
  AS $$
    DECLARE
      ifc quintet.initial_filter_criteria;
    BEGIN
      SELECT * INTO ifc FROM quintet.initial_filter_criteria
        WHERE id = ANY (ifc_ids) AND condition_type_cnf IS NULL
          AND EXISTS (SELECT FROM quintet.service_point_trigger WHERE ifc_id = id)
        LIMIT 1;
      IF FOUND THEN
        RAISE EXCEPTION 'the filter criterion % has service point triggers, but no trigger point', quintet.name_of_ifc(ifc)
          USING ERRCODE = 'check_violation', CONSTRAINT = 'service_point_trigger_is_in_a_trigger_point',
                TABLE = 'service_point_trigger', SCHEMA = 'quintet',
                HINT = 'Set its condition_type_cnf to true (CNF) or false (DNF), or delete the triggers first.';
      END IF;
    END
  $$;
CREATE FUNCTION quintet.check_trigger_has_point() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      PERFORM quintet.refuse_trigger_without_point(ARRAY(SELECT DISTINCT ifc_id FROM changed));
      RETURN NULL;
    END
  $$;
CREATE FUNCTION quintet.check_point_may_go() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      PERFORM quintet.refuse_trigger_without_point(ARRAY(SELECT id FROM changed WHERE condition_type_cnf IS NULL));
      RETURN NULL;
    END
  $$;
CREATE TRIGGER service_point_trigger_is_in_a_trigger_point_insert AFTER INSERT ON quintet.service_point_trigger
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION quintet.check_trigger_has_point();
CREATE TRIGGER service_point_trigger_is_in_a_trigger_point_update AFTER UPDATE ON quintet.service_point_trigger
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION quintet.check_trigger_has_point();
CREATE TRIGGER service_point_trigger_is_in_a_trigger_point AFTER UPDATE ON quintet.initial_filter_criteria
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION quintet.check_point_may_go();

-- What an S-CSCF compares with the request are extended regular expressions (TS 29.228 Annex B).
CREATE FUNCTION quintet.check_trigger_expressions() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    DECLARE
      expression text;
    BEGIN
      FOREACH expression IN ARRAY ARRAY[NEW.request_uri, NEW.header, NEW.line, NEW.content] LOOP
        CONTINUE WHEN expression IS NULL OR expression !~ '[][\\*+?(){}|]';
        PERFORM '' ~ ('(?e)' || expression);
      END LOOP;
      RETURN NEW;
    EXCEPTION WHEN invalid_regular_expression THEN
      RAISE EXCEPTION '% in a service point trigger is not an extended regular expression', expression
        USING ERRCODE = 'check_violation', CONSTRAINT = 'service_point_trigger_holds_eres', TABLE = 'service_point_trigger',
              SCHEMA = 'quintet', DETAIL = format('Filter criterion with id %s, trigger at position %s: %s.', NEW.ifc_id,
                                                  NEW.position, SQLERRM),
              HINT = 'POSIX extended regular expressions; \ makes the next character an ordinary one.';
    END
  $$;
CREATE TRIGGER service_point_trigger_holds_eres
  BEFORE INSERT OR UPDATE OF request_uri, header, line, content ON quintet.service_point_trigger
  FOR EACH ROW WHEN (NEW.kind IN ('request_uri', 'sip_header', 'session_description'))
  EXECUTE FUNCTION quintet.check_trigger_expressions();
