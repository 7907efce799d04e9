-- SPDX-License-Identifier: Apache-2.0
-- Step 3: what follows from provisioned rows: canonical identities, what a wildcard matches, revisions of service profiles.

-- ---- Canonical identities ----------------------------------------------------------------------------------------
-- The same forms as hss/identity.cpp gives to identities of requests (TS 23.003 13, RFC 3261 19.1.4, RFC 3966 4).

-- RFC 3261 25.1: what needs no escape in a user part means the same without; other escapes are written in upper case.
CREATE FUNCTION quintet.unescape_user(user_part text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$
    SELECT string_agg(CASE
        WHEN token !~ '^%..$' THEN token
        WHEN character ~ '^[-A-Za-z0-9_.!~*''()&=+$,;?/]$' THEN character
        ELSE upper(token COLLATE "C")
      END, '' ORDER BY n)
    FROM (SELECT found[1] AS token, n
          FROM regexp_matches(user_part, '%[0-9A-Fa-f][0-9A-Fa-f]|%|[^%]+', 'g') WITH ORDINALITY AS t (found, n)) AS tokens,
      LATERAL (SELECT CASE WHEN token ~ '^%[2-7].$' THEN chr(('x' || substr(token, 2))::bit(8)::integer) END AS character)
        AS escaped
  $$;

-- Host of "host[:port][;parameters][?headers]" in lower case; an IPv6 literal keeps its brackets.
CREATE FUNCTION quintet.canonical_host(rest text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT lower((CASE WHEN rest ~ '^\[' THEN substring(rest FROM '^\[[^]]*(?:\]|$)')
                           ELSE substring(rest FROM '^[^:;?>]*') END) COLLATE "C") $$;

CREATE FUNCTION quintet.canonical_impu(identity text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  AS $$
    DECLARE
      scheme text := lower(substring(identity FROM '(?i)^(?:sips?|tel):') COLLATE "C");
      rest text := substr(identity, length(scheme) + 1);
      at integer := strpos(rest, '@');
      user_part text;
    BEGIN
      IF identity COLLATE "C" ~ '^(sips?:[^@%:]*@[a-z0-9.-]+|tel:[+0-9a-z]+)$' OR scheme IS NULL THEN
        RETURN identity;  -- most are canonical already
      ELSIF scheme = 'tel:' THEN
        RETURN scheme || lower(translate(split_part(rest, ';', 1), '-.() ', '') COLLATE "C");
      ELSIF at = 0 THEN
        RETURN scheme || quintet.canonical_host(rest);
      END IF;
      user_part := split_part(left(rest, at - 1), ':', 1);
      RETURN scheme || coalesce(quintet.unescape_user(user_part), '') || '@' || quintet.canonical_host(substr(rest, at + 1));
    END
  $$;

CREATE FUNCTION quintet.canonical_impi(identity text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT CASE WHEN strpos(identity, '@') = 0 THEN identity
                    ELSE substring(identity FROM '^.*(?=@)') || lower(substring(identity FROM '@[^@]*$') COLLATE "C") END $$;

-- ---- Wildcards (TS 23.003 13.4A and 13.5) ------------------------------------------------------------------------
-- Two "!" enclose an extended regular expression; what stands outside of them is meant to the letter.

-- Canonical outside of the expression, which stays as it is.
CREATE FUNCTION quintet.canonical_wildcard(identity text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  AS $$
    DECLARE
      part text[] := regexp_match(identity, '^([^!:]*:)([^!]*)(![^!]+!)([^!]*)$');
      scheme text := lower(part[1] COLLATE "C");
      behind text := part[4];
    BEGIN
      IF scheme = 'tel:' THEN
        RETURN scheme || lower(translate(part[2], '-.() ', '') COLLATE "C") || part[3]
          || lower(translate(split_part(behind, ';', 1), '-.() ', '') COLLATE "C");
      ELSIF scheme IN ('sip:', 'sips:') AND strpos(behind, '@') > 0 THEN
        RETURN scheme || coalesce(quintet.unescape_user(part[2]), '') || part[3]
          || coalesce(quintet.unescape_user(split_part(behind, '@', 1)), '')
          || '@' || quintet.canonical_host(substr(behind, strpos(behind, '@') + 1));
      END IF;
      RETURN identity;
    END
  $$;

CREATE FUNCTION quintet.is_wildcarded(type quintet.identity_type) RETURNS boolean
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT type IN ('wildcarded_psi', 'wildcarded_pui') $$;

-- The whole identity as one extended regular expression: "(?e)" makes PostgreSQL read it as POSIX has it.
CREATE FUNCTION quintet.wildcard_pattern(identity text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$
    SELECT '(?e)^' || regexp_replace(split_part(identity, '!', 1), '[][\\^$.|*+?(){}]', '\\\&', 'g')
      || '(' || split_part(identity, '!', 2) || ')'
      || regexp_replace(split_part(identity, '!', 3), '[][\\^$.|*+?(){}]', '\\\&', 'g') || '$'
  $$;

-- Literal beginnings that a wildcard matching this identity can have.
CREATE FUNCTION quintet.prefixes(identity text) RETURNS text[]
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$
    SELECT ARRAY(SELECT left(identity, n) COLLATE "C" FROM generate_series(4, length(split_part(identity, '@', 1))) AS n)
  $$;

-- A wildcard w matches the canonical identity i when w.wildcard_prefix = ANY (quintet.prefixes(i)) AND
-- i ~ w.wildcard_pattern; of several the one with the longest prefix counts (then the smallest id). Distinct identities
-- come first.
ALTER TABLE quintet.impu
  ADD COLUMN wildcard_prefix text COLLATE "C"
    GENERATED ALWAYS AS (CASE WHEN type IN ('wildcarded_psi', 'wildcarded_pui') THEN split_part(identity, '!', 1) END) STORED,
  ADD COLUMN wildcard_pattern text COLLATE "C"
    GENERATED ALWAYS AS (CASE WHEN type IN ('wildcarded_psi', 'wildcarded_pui')
                              THEN quintet.wildcard_pattern(identity) END) STORED;
CREATE INDEX impu_wildcard ON quintet.impu (wildcard_prefix) WHERE wildcard_prefix IS NOT NULL;

-- ---- Identities as operators write them --------------------------------------------------------------------------

CREATE FUNCTION quintet.write_impi() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      NEW.identity := quintet.canonical_impi(NEW.identity);
      IF NEW.identity !~ '^[^@[:space:]"<>\\]+@[a-z0-9]([a-z0-9.-]*[a-z0-9])?$' OR NEW.identity ~* '^(sips?|tel):'
         OR NOT quintet.is_text(NEW.identity) THEN
        RAISE EXCEPTION 'the private identity % is not of the form user@realm', NEW.identity
          USING ERRCODE = 'check_violation', CONSTRAINT = 'impi_is_user_at_realm', TABLE = 'impi', SCHEMA = 'quintet',
                HINT = 'It has no scheme, and the realm is a domain name (TS 23.003 13.3).';
      END IF;
      RETURN NEW;
    END
  $$;
CREATE TRIGGER impi_is_canonical BEFORE INSERT OR UPDATE OF identity ON quintet.impi
  FOR EACH ROW EXECUTE FUNCTION quintet.write_impi();

-- Canonical and right already, as nearly everything is. What is not is looked at closely; user parts beyond ASCII pass,
-- though RFC 3261 would have them escaped, because requests come with them.
CREATE FUNCTION quintet.is_plain_impu(identity text) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT identity ~ '^(sips?:[-A-Za-z0-9_.~*''()&=+$,;?/]+@[a-z0-9]([a-z0-9.-]*[a-z0-9])?|tel:\+[0-9]+)$' $$;

CREATE FUNCTION quintet.write_distinct_impu() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      IF quintet.is_plain_impu(NEW.identity) THEN
        RETURN NEW;
      END IF;
      NEW.identity := quintet.canonical_impu(NEW.identity);
      IF NEW.identity ~ '!.+!' THEN
        RAISE EXCEPTION 'the identity % looks like a wildcard, but its type is %', NEW.identity, NEW.type
          USING ERRCODE = 'check_violation', CONSTRAINT = 'impu_wildcard_has_its_type', TABLE = 'impu', SCHEMA = 'quintet',
                HINT = 'Give it the type wildcarded_pui or wildcarded_psi.';
      ELSIF NEW.identity !~ ('^(sips?:([^@:<>%[:space:]]|%[0-9A-F]{2})+@([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])|'
                             'sips?:[a-z0-9]([a-z0-9.-]*[a-z0-9])?|tel:\+[0-9]+)$') OR NOT quintet.is_text(NEW.identity) THEN
        RAISE EXCEPTION 'the public identity % is neither a SIP URI nor a tel URI with a global number', NEW.identity
          USING ERRCODE = 'check_violation', CONSTRAINT = 'impu_is_sip_or_tel_uri', TABLE = 'impu', SCHEMA = 'quintet',
                HINT = 'Write it like sip:user@example.net or tel:+12025550101 (TS 23.003 13.4); a blank in a user part is %20.';
      END IF;
      RETURN NEW;
    END
  $$;
CREATE TRIGGER impu_is_canonical BEFORE INSERT OR UPDATE OF identity, type ON quintet.impu
  FOR EACH ROW WHEN (NEW.type IN ('distinct_pui', 'distinct_psi')) EXECUTE FUNCTION quintet.write_distinct_impu();

CREATE FUNCTION quintet.write_wildcarded_impu() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    DECLARE
      written text := NEW.identity;
      expression text;
    BEGIN
      NEW.identity := quintet.canonical_wildcard(written);
      IF NEW.identity !~ ('^(sips?:([^!@:<>%[:space:]]|%[0-9A-F]{2})*![^![:space:]]+!([^!@:<>%[:space:]]|%[0-9A-F]{2})*'
                          '@[a-z0-9]([a-z0-9.-]*[a-z0-9])?|tel:(\+[0-9]*)?![^![:space:]]+![0-9]*)$')
         OR NOT quintet.is_text(NEW.identity) THEN
        RAISE EXCEPTION 'the wildcarded identity % has no pattern between two "!" in its user part or number', written
          USING ERRCODE = 'check_violation', CONSTRAINT = 'impu_wildcard_has_a_pattern', TABLE = 'impu', SCHEMA = 'quintet',
                HINT = 'Write it like sip:chat-!.*!@as.example.net or tel:+1555!.{4}!; the "!" may not occur elsewhere.';
      END IF;
      -- the expression by itself, so that an unbalanced parenthesis does not find its other half in our own
      expression := split_part(NEW.identity, '!', 2);
      PERFORM '' ~ ('(?e)(' || expression || ')'), '' ~ ('(?e)' || expression);
      RETURN NEW;
    EXCEPTION WHEN invalid_regular_expression THEN
      RAISE EXCEPTION 'the pattern % of the wildcarded identity % is not an extended regular expression', expression, written
        USING ERRCODE = 'check_violation', CONSTRAINT = 'impu_wildcard_is_an_ere', TABLE = 'impu', SCHEMA = 'quintet',
              DETAIL = SQLERRM,
              HINT = 'POSIX extended regular expressions, as in TS 23.003 13.4A and 13.5: no \d, no (?:...).';
    END
  $$;
CREATE TRIGGER impu_wildcard_is_canonical BEFORE INSERT OR UPDATE OF identity, type ON quintet.impu
  FOR EACH ROW WHEN (NEW.type IN ('wildcarded_psi', 'wildcarded_pui')) EXECUTE FUNCTION quintet.write_wildcarded_impu();

-- What was written before there were these triggers.
UPDATE quintet.impi SET identity = identity;
UPDATE quintet.impu SET identity = identity WHERE quintet.is_wildcarded(type) OR NOT quintet.is_plain_impu(identity);

-- ---- Revisions of service profiles -------------------------------------------------------------------------------

-- Transactions that change profiles, or what profiles refer to, follow one another: they cannot deadlock, and each sees
-- what the one before did. The server only reads and does not wait. A transaction that also changes subscribers changes
-- profiles first.
CREATE FUNCTION quintet.await_turn_at_profiles() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      IF TG_OP = 'TRUNCATE' THEN
        RAISE EXCEPTION 'TRUNCATE of quintet.% would leave profiles at their old revision', TG_TABLE_NAME
          USING ERRCODE = 'feature_not_supported', HINT = 'Use DELETE.';
      END IF;
      PERFORM pg_advisory_xact_lock(7451, 2);
      RETURN NULL;
    END
  $$;

-- Filter criteria of each profile, its own and those of its shared sets.
CREATE VIEW quintet.profile_ifc AS
  SELECT profile_id, id AS ifc_id FROM quintet.initial_filter_criteria WHERE profile_id IS NOT NULL
  UNION ALL
  SELECT link.profile_id, ifc.id
  FROM quintet.service_profile_shared_ifc_set AS link
  JOIN quintet.initial_filter_criteria AS ifc ON ifc.shared_ifc_set_id = link.shared_ifc_set_id;

-- Criteria that a terminating request of an unregistered user can meet: of its profile part, and a trigger point that
-- can become true while SessionCase is 2. Nothing is known beforehand about the rest of the request, except that it is
-- no REGISTER.
CREATE VIEW quintet.unregistered_ifc AS
  SELECT ifc.id AS ifc_id
  FROM quintet.initial_filter_criteria AS ifc
  WHERE ifc.profile_part IS DISTINCT FROM 0
    AND (ifc.condition_type_cnf IS NULL
         OR (SELECT CASE WHEN ifc.condition_type_cnf THEN bool_and(one_may) ELSE bool_or(all_may) END
             FROM (SELECT bool_or(may), bool_and(may)
                   FROM quintet.service_point_trigger AS spt, unnest(spt.groups) AS grp,
                   LATERAL (SELECT CASE spt.kind WHEN 'session_case' THEN (spt.session_case = 2) <> coalesce(spt.negated, false)
                                                 WHEN 'method' THEN spt.method <> 'REGISTER' OR coalesce(spt.negated, false)
                                                 ELSE true END) AS condition (may)
                   WHERE spt.ifc_id = ifc.id GROUP BY grp) AS in_groups (one_may, all_may)));

-- A profile that this transaction has written already needs no further revision: nobody else has seen the one it has.
CREATE FUNCTION quintet.move_revision(profile_ids bigint[]) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    UPDATE quintet.service_profile AS profile
    SET revision = nextval('quintet.profile_revision'), unregistered_services = now.unregistered_services
    FROM unnest(profile_ids) AS moved (id),
      LATERAL (SELECT EXISTS (SELECT FROM quintet.profile_ifc JOIN quintet.unregistered_ifc USING (ifc_id)
                              WHERE profile_ifc.profile_id = moved.id)) AS now (unregistered_services)
    WHERE profile.id = moved.id
      AND (profile.xmin <> pg_current_xact_id()::xid OR profile.unregistered_services <> now.unregistered_services)
  $$;

CREATE FUNCTION quintet.service_profile_changes() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      NEW.revision := nextval('quintet.profile_revision');
      NEW.unregistered_services := OLD.unregistered_services;
      RETURN NEW;
    END
  $$;
CREATE TRIGGER service_profile_moves_revision BEFORE UPDATE ON quintet.service_profile
  FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION quintet.service_profile_changes();

CREATE FUNCTION quintet.profile_part_changes() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      PERFORM quintet.move_revision(ARRAY(SELECT DISTINCT profile_id FROM changed));
      RETURN NULL;
    END
  $$;

CREATE FUNCTION quintet.initial_filter_criteria_changes() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      PERFORM quintet.move_revision(ARRAY(
        SELECT profile_id FROM changed WHERE profile_id IS NOT NULL
        UNION
        SELECT link.profile_id FROM changed JOIN quintet.service_profile_shared_ifc_set AS link USING (shared_ifc_set_id)));
      RETURN NULL;
    END
  $$;

CREATE FUNCTION quintet.service_point_trigger_changes() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      PERFORM quintet.move_revision(ARRAY(SELECT DISTINCT profile_id FROM changed JOIN quintet.profile_ifc USING (ifc_id)));
      RETURN NULL;
    END
  $$;

CREATE FUNCTION quintet.application_server_changes() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      PERFORM quintet.move_revision(ARRAY(
        SELECT DISTINCT of.profile_id
        FROM changed
        JOIN quintet.initial_filter_criteria AS ifc ON ifc.application_server_id = changed.id
        JOIN quintet.profile_ifc AS of ON of.ifc_id = ifc.id));
      RETURN NULL;
    END
  $$;

DO $$
  DECLARE
    watched record;
  BEGIN
    FOR watched IN
      SELECT * FROM (VALUES ('service_profile', NULL), ('shared_ifc_set', NULL),
                            ('service_profile_service', 'profile_part_changes'),
                            ('service_profile_shared_ifc_set', 'profile_part_changes'),
                            ('initial_filter_criteria', 'initial_filter_criteria_changes'),
                            ('service_point_trigger', 'service_point_trigger_changes'),
                            ('application_server', 'application_server_changes')) AS t (name, changes)
    LOOP
      EXECUTE format('CREATE TRIGGER a_turn_at_profiles BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON quintet.%I'
                     ' FOR EACH STATEMENT EXECUTE FUNCTION quintet.await_turn_at_profiles()', watched.name);
      CONTINUE WHEN watched.changes IS NULL;
      EXECUTE format('CREATE TRIGGER moves_revision_insert AFTER INSERT ON quintet.%1$I REFERENCING NEW TABLE AS changed'
                     ' FOR EACH STATEMENT EXECUTE FUNCTION quintet.%2$I()', watched.name, watched.changes);
      EXECUTE format('CREATE TRIGGER moves_revision_old AFTER UPDATE ON quintet.%1$I REFERENCING OLD TABLE AS changed'
                     ' FOR EACH STATEMENT EXECUTE FUNCTION quintet.%2$I()', watched.name, watched.changes);
      EXECUTE format('CREATE TRIGGER moves_revision_new AFTER UPDATE ON quintet.%1$I REFERENCING NEW TABLE AS changed'
                     ' FOR EACH STATEMENT EXECUTE FUNCTION quintet.%2$I()', watched.name, watched.changes);
      EXECUTE format('CREATE TRIGGER moves_revision_delete AFTER DELETE ON quintet.%1$I REFERENCING OLD TABLE AS changed'
                     ' FOR EACH STATEMENT EXECUTE FUNCTION quintet.%2$I()', watched.name, watched.changes);
    END LOOP;
  END
$$;

GRANT SELECT ON ALL TABLES IN SCHEMA quintet TO quintet_server;
