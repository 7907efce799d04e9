-- SPDX-License-Identifier: Apache-2.0
-- Step 10: texts that leave again: one canonical form for every identity, server names that a SIP message can have, and a
-- limit for each (docs/texts.md).

-- ---- What a value may be -----------------------------------------------------------------------------------------

-- RFC 3261 25.1 and RFC 1035 2.3.4, scheme in lower case; as hss/text_forms.cpp has a server name, without headers or escaped
-- control characters. Before, a user part could have octets that no SIP URI can.
CREATE OR REPLACE FUNCTION quintet.is_sip_uri(value text) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT value !~* '%([01]|7f)' AND octet_length(substring(value FROM '^sips?:(?:[^@]*@)?([^:;]*)')) <= 255
          AND value ~ ('^sips?:(([-A-Za-z0-9_.!~*''()&=+$,;?/]|%[0-9A-Fa-f]{2})+(:([-A-Za-z0-9_.!~*''()&=+$,]|%[0-9A-Fa-f]{2})*)?@)?'
                       '(([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.?'
                       '|\[[0-9A-Fa-f:.]{3,}\])'
                       '(:(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[0-5]?[0-9]{1,4}))?'
                       '(;([-A-Za-z0-9_.!~*''()[/:&+$=;]|\]|%[0-9A-Fa-f]{2})*)?$') $$;

-- What the rule refuses by now could be dumped and not restored: an operator mends it first.
DO $$
  DECLARE
    refused text;
  BEGIN
    SELECT string_agg(format('%L of %s (id %s)', left(name, 64), owner, id), '; ') INTO refused
      FROM (SELECT server_name AS name, 'application server ' || name AS owner, id FROM quintet.application_server
            UNION ALL SELECT psi_application_server, 'public identity ' || identity, id FROM quintet.impu
            UNION ALL SELECT element, 'capability set ' || name, id FROM quintet.capability_set, unnest(server_names) AS t (element)
            ) AS names (name, owner, id)
      WHERE name IS NOT NULL AND quintet.is_sip_uri(name) IS NOT TRUE;
    IF refused IS NOT NULL THEN
      RAISE EXCEPTION 'server names that are none: %', left(refused, 4096)
        USING ERRCODE = 'check_violation',
              HINT = 'Give them a host of DNS, no headers and no escaped control characters, then run schema/migrate again.';
    END IF;
  END
$$;

-- ---- Canonical identities ----------------------------------------------------------------------------------------
-- The same forms as hss/identity.cpp gives to identities of requests (TS 23.003 13.4, RFC 3261 19.1.4, RFC 3966 4).

-- Octet by octet: as it is where RFC 3261 25.1 allows it in a user part, escaped in upper case where not; so the raw and the
-- escaped form of a character are one, and both are legal.
CREATE FUNCTION quintet.canonical_user(user_part text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$
    SELECT coalesce(string_agg(CASE
        WHEN character ~ '^[-A-Za-z0-9_.!~*''()&=+$,;?/]+$' THEN character
        WHEN length(token) = 3 AND token ~ '^%[0-9A-Fa-f]{2}$' THEN upper(token COLLATE "C")
        ELSE upper(regexp_replace(encode(convert_to(token, 'UTF8'), 'hex'), '(..)', '%\1', 'g') COLLATE "C")
      END, '' ORDER BY n), '')
    FROM (SELECT found[1] AS token, n
          FROM regexp_matches(user_part, '%[0-9A-Fa-f]{2}|[-A-Za-z0-9_.!~*''()&=+$,;?/]+|.', 'g') WITH ORDINALITY AS t (found, n))
        AS tokens,
      LATERAL (SELECT CASE WHEN token ~ '^%[2-7][0-9A-Fa-f]$' THEN chr(('x' || substr(token, 2))::bit(8)::integer)
                           ELSE token END AS character) AS unescaped
  $$;

-- In lower case; an IPv6 literal keeps its brackets, the dot of the root goes.
CREATE OR REPLACE FUNCTION quintet.canonical_host(rest text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT lower((CASE WHEN rest ~ '^\[' THEN substring(rest FROM '^\[[^]]*(?:\]|$)')
                           ELSE regexp_replace(substring(rest FROM '^[^:;?>]*'), '(.)\.$', '\1') END) COLLATE "C") $$;

CREATE FUNCTION quintet.without_separators(number text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT lower(translate(number, '-.() ', '') COLLATE "C") $$;

-- A local number is one only where its phone-context says so; that stays, every other parameter goes (RFC 3966 5.1.5).
CREATE FUNCTION quintet.canonical_tel(rest text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  AS $$
    DECLARE
      number text := quintet.without_separators(split_part(rest, ';', 1));
      at integer := strpos(lower(rest COLLATE "C"), ';phone-context=');
      context text := split_part(substr(rest, at + length(';phone-context=')), ';', 1);
    BEGIN
      RETURN 'tel:' || number || CASE
        WHEN at = 0 OR number LIKE '+%' THEN ''
        WHEN context LIKE '+%' THEN ';phone-context=' || quintet.without_separators(context)
        ELSE ';phone-context=' || lower(context COLLATE "C") END;
    END
  $$;

-- An expression between the only two "!" of a user part or number stays as it is (TS 23.003 13.4A, 13.5).
CREATE OR REPLACE FUNCTION quintet.canonical_impu(identity text) RETURNS text
  LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
  AS $$
    DECLARE
      scheme text;
      rest text;
      part text[];
      at integer;
    BEGIN
      IF identity COLLATE "C" ~ '^(sips?:[-A-Za-z0-9_.~*''()&=+$,;?/]*@[a-z0-9.-]*[a-z0-9-]|tel:[+0-9a-z]+)$' THEN
        RETURN identity;  -- most are canonical already
      END IF;
      scheme := lower(substring(identity FROM '(?i)^(?:sips?|tel):') COLLATE "C");
      IF scheme IS NULL THEN
        RETURN identity;
      END IF;
      rest := substr(identity, length(scheme) + 1);
      IF strpos(rest, '!') > 0 THEN
        part := regexp_match(rest, '^([^!]*)(![^!]+!)([^!]*)$');
      END IF;
      IF scheme = 'tel:' THEN
        RETURN CASE WHEN part IS NULL THEN quintet.canonical_tel(rest)
                    ELSE scheme || quintet.without_separators(part[1]) || part[2]
                      || quintet.without_separators(split_part(part[3], ';', 1)) END;
      ELSIF part IS NOT NULL AND strpos(part[1], '@') = 0 AND strpos(part[3], '@') > 0 THEN
        at := strpos(part[3], '@');
        RETURN scheme || quintet.canonical_user(part[1]) || part[2] || quintet.canonical_user(left(part[3], at - 1))
          || '@' || quintet.canonical_host(substr(part[3], at + 1));
      END IF;
      at := strpos(rest, '@');
      IF at = 0 THEN
        RETURN scheme || quintet.canonical_host(rest);
      END IF;
      RETURN scheme || quintet.canonical_user(split_part(left(rest, at - 1), ':', 1)) || '@'
        || quintet.canonical_host(substr(rest, at + 1));
    END
  $$;

CREATE OR REPLACE FUNCTION quintet.is_plain_impu(identity text) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT octet_length(identity) <= 255
          AND identity ~ ('^(sips?:[-A-Za-z0-9_.~*''()&=+$,;?/]+@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?'
                          '|tel:\+[0-9]+)$') $$;

-- Requests bring at most as many (docs/texts.md), and an index bears not many more.
CREATE FUNCTION quintet.longest_impu() RETURNS integer
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS 'SELECT 1024';

CREATE FUNCTION quintet.refuse_long_impu(identity text) RETURNS void
  LANGUAGE plpgsql
  AS $$
    BEGIN
      IF octet_length(identity) > quintet.longest_impu() THEN
        RAISE EXCEPTION 'the public identity %... has % octets, more than %', left(identity, 64), octet_length(identity),
            quintet.longest_impu()
          USING ERRCODE = 'check_violation', CONSTRAINT = 'impu_is_short', TABLE = 'impu', SCHEMA = 'quintet',
                HINT = 'In its canonical form; an octet that a SIP URI cannot have counts as the three of its escape.';
      END IF;
    END
  $$;

CREATE OR REPLACE FUNCTION quintet.write_distinct_impu() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    DECLARE
      written text := NEW.identity;
    BEGIN
      IF quintet.is_plain_impu(NEW.identity) THEN
        RETURN NEW;
      END IF;
      NEW.identity := quintet.canonical_impu(written);
      IF NEW.identity ~ '!.+!' THEN
        RAISE EXCEPTION 'the identity % looks like a wildcard, but its type is %', NEW.identity, NEW.type
          USING ERRCODE = 'check_violation', CONSTRAINT = 'impu_wildcard_has_its_type', TABLE = 'impu', SCHEMA = 'quintet',
                HINT = 'Give it the type wildcarded_pui or wildcarded_psi.';
      ELSIF written ~ '[[:space:]<>]' OR NOT quintet.is_text(written)
         OR NEW.identity !~ ('^(sips?:(([-A-Za-z0-9_.!~*''()&=+$,;?/]|%[0-9A-F]{2})+@)?'
                             '(([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?|\[[0-9a-f:.]+\])|tel:\+[0-9]+)$') THEN
        RAISE EXCEPTION 'the public identity % is neither a SIP URI nor a tel URI with a global number', written
          USING ERRCODE = 'check_violation', CONSTRAINT = 'impu_is_sip_or_tel_uri', TABLE = 'impu', SCHEMA = 'quintet',
                HINT = 'Write it like sip:user@example.net or tel:+12025550101 (TS 23.003 13.4); a blank in a user part is %20.';
      END IF;
      PERFORM quintet.refuse_long_impu(NEW.identity);
      RETURN NEW;
    END
  $$;

CREATE OR REPLACE FUNCTION quintet.write_wildcarded_impu() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    DECLARE
      written text := NEW.identity;
      expression text;
    BEGIN
      NEW.identity := quintet.canonical_impu(written);
      expression := split_part(NEW.identity, '!', 2);
      IF written ~ '[[:space:]<>]' OR NOT quintet.is_text(written)
         OR NEW.identity !~ ('^(sips?:([-A-Za-z0-9_.~*''()&=+$,;?/]|%[0-9A-F]{2})*![^![:space:]]+!'
                             '([-A-Za-z0-9_.~*''()&=+$,;?/]|%[0-9A-F]{2})*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*'
                             '[a-z0-9]([a-z0-9-]*[a-z0-9])?|tel:(\+[0-9]*)?![^![:space:]]+![0-9]*)$') THEN
        RAISE EXCEPTION 'the wildcarded identity % has no pattern between two "!" in its user part or number', written
          USING ERRCODE = 'check_violation', CONSTRAINT = 'impu_wildcard_has_a_pattern', TABLE = 'impu', SCHEMA = 'quintet',
                HINT = 'Write it like sip:chat-!.*!@as.example.net or tel:+1555!.{4}!; the "!" may not occur elsewhere.';
      ELSIF expression ~ '[^\u0001-\u007f]' THEN
        RAISE EXCEPTION 'the pattern % of the wildcarded identity % has characters that no identity has', expression, written
          USING ERRCODE = 'check_violation', CONSTRAINT = 'impu_wildcard_is_ascii', TABLE = 'impu', SCHEMA = 'quintet',
                HINT = 'It is compared with canonical identities, where they are escaped: %C3%AB for the letter e with two dots.';
      END IF;
      PERFORM quintet.refuse_long_impu(NEW.identity);
      -- the expression by itself, so that an unbalanced parenthesis does not find its other half in our own
      PERFORM '' ~ ('(?e)(' || expression || ')'), '' ~ ('(?e)' || expression);
      RETURN NEW;
    EXCEPTION WHEN invalid_regular_expression THEN
      RAISE EXCEPTION 'the pattern % of the wildcarded identity % is not an extended regular expression', expression, written
        USING ERRCODE = 'check_violation', CONSTRAINT = 'impu_wildcard_is_an_ere', TABLE = 'impu', SCHEMA = 'quintet',
              DETAIL = SQLERRM,
              HINT = 'POSIX extended regular expressions, as in TS 23.003 13.4A and 13.5: no \d, no (?:...).';
    END
  $$;

DROP FUNCTION quintet.canonical_wildcard, quintet.unescape_user;

-- What was written before. Two rows whose forms have become one are for an operator to settle; nothing is changed then.
DO $$
  DECLARE
    clashes text;
  BEGIN
    SELECT string_agg(format('%s (ids %s) would all be %s', identities, ids, form), '; ') INTO clashes
      FROM (SELECT quintet.canonical_impu(identity) AS form, string_agg(identity, ' and ' ORDER BY id) AS identities,
              string_agg(id::text, ', ' ORDER BY id) AS ids
            FROM quintet.impu GROUP BY 1 HAVING count(*) > 1 LIMIT 20) AS clash;
    IF clashes IS NOT NULL THEN
      RAISE EXCEPTION 'public identities that are one and the same: %', clashes
        USING ERRCODE = 'unique_violation', TABLE = 'impu', SCHEMA = 'quintet',
              HINT = 'Delete or rename all but one of each, then run schema/migrate again.';
    END IF;
  END
$$;
UPDATE quintet.impu SET identity = quintet.canonical_impu(identity) WHERE quintet.canonical_impu(identity) <> identity;

-- ---- Private identities ------------------------------------------------------------------------------------------

CREATE FUNCTION quintet.refuse_long_impi() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      RAISE EXCEPTION 'the private identity %... has % octets, more than 255', left(NEW.identity, 64), octet_length(NEW.identity)
        USING ERRCODE = 'check_violation', CONSTRAINT = 'impi_is_short', TABLE = 'impi', SCHEMA = 'quintet',
              HINT = 'No request brings a longer one (docs/texts.md).';
    END
  $$;
CREATE TRIGGER impi_is_short BEFORE INSERT OR UPDATE OF identity ON quintet.impi
  FOR EACH ROW WHEN (octet_length(NEW.identity) > 255) EXECUTE FUNCTION quintet.refuse_long_impi();

-- ---- Key URIs ----------------------------------------------------------------------------------------------------

-- A PIN belongs into a file that the token's configuration names. Not a CHECK: that would repeat the row, PIN included. Nor does
-- it look at rows that are there: the server refuses their key, and to write one anew takes the OPc that is bound to it.
CREATE FUNCTION quintet.is_key_uri(value text) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT octet_length(value) <= 512 AND value ~ '^pkcs11:[!-~]*$' AND value !~* 'pin-value|pin-source|pinfile' $$;

CREATE FUNCTION quintet.refuse_key_uri() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      RAISE EXCEPTION 'the key_uri of credential % has a PIN, more than 512 octets, or is no URI of printable ASCII', NEW.name
        USING ERRCODE = 'check_violation', CONSTRAINT = 'credential_key_uri_has_no_pin', TABLE = 'credential', SCHEMA = 'quintet',
              HINT = 'Write it like pkcs11:token=hss;object=card-1 (RFC 7512); the PIN is in the file that the configuration names.';
    END
  $$;
CREATE TRIGGER credential_key_uri_has_no_pin BEFORE INSERT OR UPDATE OF key_uri ON quintet.credential
  FOR EACH ROW WHEN (NOT quintet.is_key_uri(NEW.key_uri)) EXECUTE FUNCTION quintet.refuse_key_uri();

DO $$
  DECLARE
    bad record;
  BEGIN
    FOR bad IN SELECT name, count(*) OVER () AS many FROM quintet.credential WHERE NOT quintet.is_key_uri(key_uri) ORDER BY id LIMIT 20
    LOOP
      RAISE WARNING 'the key_uri of credential % has a PIN, or is no URI; it is not served (% in all)', bad.name, bad.many
        USING HINT = 'Provision it anew without the PIN, and change that PIN.';
    END LOOP;
  END
$$;

-- ---- S-CSCF names ------------------------------------------------------------------------------------------------

-- A name that no I-CSCF can put into a request was taken before, and kept the real one out. Who was registered under it
-- could not be reached, and registers anew; the operator is told.
DO $$
  DECLARE
    bad record;
    many bigint := 0;
  BEGIN
    FOR bad IN
      SELECT id, name, scscf_name, scscf_host, scscf_realm FROM quintet.subscription
      WHERE scscf_name IS NOT NULL
        AND (quintet.is_sip_uri(lower(scscf_name COLLATE "C")) IS NOT TRUE OR octet_length(scscf_name) > 512
             OR greatest(octet_length(scscf_host), octet_length(scscf_realm)) > 255
             OR NOT quintet.is_text(scscf_host) OR NOT quintet.is_text(scscf_realm))
    LOOP
      many := many + 1;
      IF many <= 20 THEN
        RAISE WARNING 'subscription % had the S-CSCF % at % of %, where none can be; it is not registered any more', bad.name,
          quote_literal(left(bad.scscf_name, 64)), quote_literal(left(bad.scscf_host, 64)), quote_literal(left(bad.scscf_realm, 64));
      END IF;
      UPDATE quintet.impi_set SET auth_pending = false, registered = false WHERE subscription_id = bad.id;
      UPDATE quintet.registration_set SET state = 'not_registered' WHERE subscription_id = bad.id;
      UPDATE quintet.subscription SET scscf_name = NULL, scscf_host = NULL, scscf_realm = NULL, reassignment_pending = false
        WHERE id = bad.id;
    END LOOP;
    IF many > 20 THEN
      RAISE WARNING '% subscriptions in all had such an S-CSCF name', many;
    END IF;
  END
$$;
-- Not a CHECK: that would look at the name at every write of the row, where most often only the host differs, or nothing.
CREATE FUNCTION quintet.refuse_scscf_name() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      RAISE EXCEPTION 'the S-CSCF name of a subscription is no SIP URI of a server, or has more than 512 octets'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'subscription_scscf_name_is_a_sip_uri', TABLE = 'subscription',
              SCHEMA = 'quintet';
    END
  $$;
CREATE TRIGGER subscription_scscf_name_is_a_sip_uri_insert BEFORE INSERT ON quintet.subscription
  FOR EACH ROW WHEN (NOT (quintet.is_sip_uri(lower(NEW.scscf_name COLLATE "C")) AND octet_length(NEW.scscf_name) <= 512))
  EXECUTE FUNCTION quintet.refuse_scscf_name();
CREATE TRIGGER subscription_scscf_name_is_a_sip_uri_update BEFORE UPDATE ON quintet.subscription
  FOR EACH ROW WHEN (NEW.scscf_name IS DISTINCT FROM OLD.scscf_name
                     AND NOT (quintet.is_sip_uri(lower(NEW.scscf_name COLLATE "C")) AND octet_length(NEW.scscf_name) <= 512))
  EXECUTE FUNCTION quintet.refuse_scscf_name();
ALTER TABLE quintet.subscription ENABLE ALWAYS TRIGGER subscription_scscf_name_is_a_sip_uri_insert;
ALTER TABLE quintet.subscription ENABLE ALWAYS TRIGGER subscription_scscf_name_is_a_sip_uri_update;

-- What was left for restoration before the server looked at it may hold anything. An S-CSCF that gets nothing lets the user
-- register anew.
DELETE FROM quintet.restoration_contact;
ALTER TABLE quintet.restoration_contact ADD CONSTRAINT restoration_contact_is_short CHECK (
  octet_length(path) <= 2048 AND octet_length(contact) <= 2048 AND octet_length(call_id) <= 255 AND octet_length(scheme) <= 64
  AND octet_length(subscription_call_id) <= 255 AND octet_length(subscription_from) <= 1024
  AND octet_length(subscription_to) <= 1024 AND octet_length(subscription_route) <= 2048
  AND octet_length(subscription_contact) <= 2048 AND octet_length(p_cscf_call_id) <= 255
  AND octet_length(p_cscf_from) <= 1024 AND octet_length(p_cscf_to) <= 1024 AND octet_length(p_cscf_contact) <= 2048);

-- ---- Limits ------------------------------------------------------------------------------------------------------
-- Of provisioned texts, in octets: what the AVP or the element of the profile, a log line and an index can bear. Rows
-- that are longer already stay, and are told; whoever changes one shortens it. A subscription is changed by the server,
-- which cannot: there the rule waits until no name is longer.
DO $$
  DECLARE
    one record;
    many bigint;
  BEGIN
    FOR one IN
      SELECT * FROM (VALUES
        ('application_server', 'name', 255), ('application_server', 'server_name', 512),
        ('application_server', 'service_info', 4096),
        ('capability_set', 'name', 255), ('charging_set', 'name', 255),
        ('charging_set', 'primary_ecf', 512), ('charging_set', 'secondary_ecf', 512),
        ('charging_set', 'primary_ccf', 512), ('charging_set', 'secondary_ccf', 512),
        ('digest_secret', 'realm', 255),
        ('extended_priority', 'namespace', 64), ('extended_priority', 'level', 64),
        ('impu', 'alias_group', 255), ('impu', 'display_name', 255), ('impu', 'psi_application_server', 512),
        ('impu', 'trace_info', 1024),
        ('reference_location', 'access_type', 255), ('reference_location', 'access_info', 255),
        ('reference_location', 'access_value', 255),
        ('roaming_area', 'name', 255), ('roaming_area_network', 'network', 255),
        ('service_point_trigger', 'content', 1024), ('service_point_trigger', 'header', 255),
        ('service_point_trigger', 'line', 255), ('service_point_trigger', 'method', 64),
        ('service_point_trigger', 'request_uri', 1024),
        ('service_profile', 'name', 255), ('service_profile_service', 'service_id', 255),
        ('shared_ifc_set', 'name', 255), ('subscription', 'name', 255)) AS t (relation, column_name, octets)
    LOOP
      EXECUTE format('ALTER TABLE quintet.%I ADD CONSTRAINT %I CHECK (octet_length(%I) <= %s) NOT VALID', one.relation,
                     one.relation || '_' || one.column_name || '_is_short', one.column_name, one.octets);
      EXECUTE format('SELECT count(*) FROM quintet.%I WHERE octet_length(%I) > %s', one.relation, one.column_name, one.octets)
        INTO many;
      IF many > 0 THEN
        RAISE WARNING '% rows of quintet.% have a % of more than % octets', many, one.relation, one.column_name, one.octets;
        IF one.relation = 'subscription' THEN
          ALTER TABLE quintet.subscription DROP CONSTRAINT subscription_name_is_short;
        END IF;
      ELSE
        EXECUTE format('ALTER TABLE quintet.%I VALIDATE CONSTRAINT %I', one.relation,
                       one.relation || '_' || one.column_name || '_is_short');
      END IF;
    END LOOP;
  END
$$;

-- Server-Capabilities: what one answer tells.
ALTER TABLE quintet.capability_set
  ADD CONSTRAINT capability_set_tells_at_most_64_numbers
    CHECK (cardinality(mandatory) + cardinality(optional) <= 64) NOT VALID,
  ADD CONSTRAINT capability_set_tells_at_most_16_short_names
    CHECK (cardinality(server_names) <= 16 AND octet_length(array_to_string(server_names, '')) <= 4096) NOT VALID;
