-- SPDX-License-Identifier: Apache-2.0
-- The profiles of the five sample documents beside this file, as an operator would provision them. Identities that share
-- a ServiceProfile element are aliases of each other, so they are in one alias group; documents 1 and 3 are for an S-CSCF
-- that is not told its name (AliasInd).
BEGIN;

INSERT INTO quintet.application_server
  (name, server_name, default_handling, service_info, include_register_request, include_register_response)
VALUES
  ('sample-mmtel', 'sip:mmtel.ims.mnc001.mcc001.3gppnetwork.org:5060', 0, NULL, false, false),
  ('sample-as1', 'sip:as1.example.test;lr', 1, 'as1-opaque-token', true, true),
  ('sample-as2', 'sip:as2.example.test:5080', 0, NULL, false, false),
  ('sample-unregistered', 'sip:unreg-as.example.test', 1, NULL, false, false),
  ('sample-shared', 'sip:shared-as.example.test', NULL, NULL, false, false),
  ('sample-chat', 'sip:chat-as.example.test', 1, NULL, false, false),
  ('sample-cdiv', 'sip:cdiv.example.test', NULL, NULL, false, false);

INSERT INTO quintet.service_profile (name, media_profile_id) VALUES
  ('sample-1', NULL), ('sample-2', 30), ('sample-3', NULL), ('sample-4', NULL), ('sample-5', NULL);
INSERT INTO quintet.service_profile_service (profile_id, position, service_id)
SELECT id, position, service_id
FROM quintet.service_profile,
  (VALUES (1, 'urn:urn-7:3gpp-service.ims.icsi.mmtel'),
          (2, 'urn:urn-7:3gpp-service.ims.icsi.oma.cpm.msg')) AS service (position, service_id)
WHERE name = 'sample-2';

-- The document of the third sample names these sets by number; what they hold is this project's own choice.
INSERT INTO quintet.shared_ifc_set (id, name) VALUES (7, 'sample: messages'), (12, 'sample: presence');
INSERT INTO quintet.service_profile_shared_ifc_set (profile_id, shared_ifc_set_id)
SELECT id, number FROM quintet.service_profile, (VALUES (7), (12)) AS shared (number) WHERE name = 'sample-3';

-- ---- Filter criteria ---------------------------------------------------------------------------------------------

CREATE FUNCTION pg_temp.criteria(profile text, shared bigint, priority integer, cnf boolean, server text, part smallint)
  RETURNS bigint LANGUAGE sql
  AS $$
    INSERT INTO quintet.initial_filter_criteria
      (profile_id, shared_ifc_set_id, priority, condition_type_cnf, application_server_id, profile_part)
    VALUES ((SELECT id FROM quintet.service_profile WHERE name = $1), $2, $3, $4,
            (SELECT id FROM quintet.application_server WHERE name = $5), $6)
    RETURNING id
  $$;

WITH criteria AS (SELECT pg_temp.criteria('sample-1', NULL, 10, false, 'sample-mmtel', NULL) AS id)
INSERT INTO quintet.service_point_trigger (ifc_id, position, negated, groups, kind, method, registration_types)
SELECT id, position, false, groups, 'method', method, types
FROM criteria, (VALUES (1, ARRAY[0], 'REGISTER', ARRAY[0, 2]::smallint[]),
                       (2, ARRAY[1], 'INVITE', '{}')) AS spt (position, groups, method, types);

WITH criteria AS (SELECT pg_temp.criteria('sample-2', NULL, 0, false, 'sample-as1', 0::smallint) AS id)
INSERT INTO quintet.service_point_trigger
  (ifc_id, position, negated, groups, kind, method, session_case, request_uri, registration_types)
SELECT id, position, negated, groups, kind::quintet.trigger_kind, method, session_case, request_uri, types
FROM criteria,
  (VALUES (1, false, ARRAY[0], 'method', 'REGISTER', NULL::smallint, NULL, '{0}'::smallint[]),
          (2, false, ARRAY[1], 'method', 'INVITE', NULL, NULL, '{}'),
          (3, false, ARRAY[1, 2], 'session_case', NULL, 0, NULL, '{}'),
          (4, false, ARRAY[2], 'method', 'MESSAGE', NULL, NULL, '{}'),
          (5, true, ARRAY[2], 'request_uri', NULL, NULL, 'sip:.*conference.*', '{}'))
    AS spt (position, negated, groups, kind, method, session_case, request_uri, types);

WITH criteria AS (SELECT pg_temp.criteria('sample-2', NULL, 1, true, 'sample-as2', NULL) AS id)
INSERT INTO quintet.service_point_trigger
  (ifc_id, position, negated, groups, kind, method, session_case, line, header, content)
SELECT id, position, negated, groups, kind::quintet.trigger_kind, method, session_case, line, header, content
FROM criteria,
  (VALUES (1, false, ARRAY[0], 'method', 'INVITE', NULL::smallint, NULL, NULL, NULL),
          (2, false, ARRAY[0], 'method', 'SUBSCRIBE', NULL, NULL, NULL, NULL),
          (3, false, ARRAY[1], 'session_case', NULL, 1, NULL, NULL, NULL),
          (4, false, ARRAY[1], 'session_case', NULL, 2, NULL, NULL, NULL),
          (5, false, ARRAY[2], 'session_description', NULL, NULL, 'm', NULL, 'audio.*'),
          (6, false, ARRAY[2], 'session_description', NULL, NULL, 'm', NULL, 'video.*'),
          (7, true, ARRAY[3], 'sip_header', NULL, NULL, NULL, 'X-Test', '^skip'))
    AS spt (position, negated, groups, kind, method, session_case, line, header, content);

WITH criteria AS (SELECT pg_temp.criteria('sample-3', NULL, 5, false, 'sample-unregistered', 1::smallint) AS id)
INSERT INTO quintet.service_point_trigger (ifc_id, position, negated, groups, kind, method, session_case)
SELECT id, position, false, '{0}', kind::quintet.trigger_kind, method, session_case
FROM criteria, (VALUES (1, 'method', 'INVITE', NULL::smallint),
                       (2, 'session_case', NULL, 3)) AS spt (position, kind, method, session_case);

WITH criteria AS (
  SELECT pg_temp.criteria(NULL, 7, 100, true, 'sample-shared', NULL) AS id, 'MESSAGE' AS method
  UNION ALL
  SELECT pg_temp.criteria(NULL, 12, 200, true, 'sample-shared', NULL), 'PUBLISH')
INSERT INTO quintet.service_point_trigger (ifc_id, groups, kind, method)
SELECT id, '{0}', 'method', method FROM criteria;

SELECT pg_temp.criteria('sample-4', NULL, 0, NULL, 'sample-chat', NULL);

WITH criteria AS (SELECT pg_temp.criteria('sample-5', NULL, 0, false, 'sample-cdiv', NULL) AS id)
INSERT INTO quintet.service_point_trigger (ifc_id, groups, kind, session_case)
SELECT id, '{0}', 'session_case', 4 FROM criteria;

-- ---- Subscriptions: one set each, with one private identity that authenticates nobody ------------------------------

CREATE TEMPORARY TABLE sample (name text, impi text, imsi text) ON COMMIT DROP;
INSERT INTO sample VALUES
  ('sample-1', '001010000000001@ims.mnc001.mcc001.3gppnetwork.org', NULL),
  ('sample-2', 'alice_private@example.test', NULL),
  ('sample-3', 'pbx1@example.test', NULL),
  ('sample-4', 'chat-psi@example.test', NULL),
  ('sample-5', 'bob@example.test', '001010000000002');

INSERT INTO quintet.subscription (name) SELECT name FROM sample;
INSERT INTO quintet.impi (identity, subscription_id, schemes, imsi)
SELECT impi, id, '{}', imsi FROM sample JOIN quintet.subscription USING (name);
INSERT INTO quintet.registration_set (subscription_id) SELECT id FROM sample JOIN quintet.subscription USING (name);
INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id)
SELECT impi.id, registration_set.id, subscription.id
FROM sample JOIN quintet.subscription USING (name) JOIN quintet.impi ON impi.subscription_id = subscription.id
JOIN quintet.registration_set ON registration_set.subscription_id = subscription.id;

INSERT INTO quintet.reference_location (impi_id, access_type, access_info, access_value)
SELECT id, 'ADSL', 'dsl-location', 'line-0042' FROM quintet.impi WHERE identity = 'bob@example.test';

INSERT INTO quintet.impu (identity, type, set_id, position, barred, service_profile_id, display_name, alias_group,
                          trace_info, priority_level, max_registrations)
SELECT identity, type::quintet.identity_type, registration_set.id, position, barred, service_profile.id, display_name,
  alias_group, trace_info, priority_level, max_registrations
FROM (VALUES
  ('sample-1', 1, 'sip:+99900000001@ims.mnc001.mcc001.3gppnetwork.org', 'distinct_pui', false,
   NULL, 'g1', NULL, NULL::smallint, NULL::integer),
  ('sample-1', 2, 'tel:+99900000001', 'distinct_pui', false, NULL, 'g1', NULL, NULL, NULL),
  ('sample-1', 3, 'sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org', 'distinct_pui', true,
   NULL, 'g1', NULL, NULL, NULL),
  ('sample-2', 1, 'sip:alice@example.test', 'distinct_pui', false, 'Alice Example', 'grp-1', NULL, NULL, NULL),
  ('sample-2', 2, 'tel:+99900000100', 'distinct_pui', false, NULL, 'grp-1', NULL, NULL, NULL),
  ('sample-3', 1, 'sip:+99900000200@example.test', 'distinct_pui', false, 'PBX main', 'g3', 'trace-profile-1', NULL, NULL),
  ('sample-3', 2, 'sip:+9990000!02.*!@example.test', 'wildcarded_pui', false, NULL, 'g3', NULL, NULL, NULL),
  ('sample-4', 1, 'sip:room-!.*!@chat.example.test', 'wildcarded_psi', false, NULL, NULL, NULL, NULL, NULL),
  ('sample-5', 1, 'sip:bob@example.test', 'distinct_pui', false, 'Bob', 'g2', NULL, 2, 4))
  AS member (name, position, identity, type, barred, display_name, alias_group, trace_info, priority_level,
             max_registrations)
JOIN quintet.subscription USING (name) JOIN quintet.service_profile USING (name)
JOIN quintet.registration_set ON registration_set.subscription_id = subscription.id;

INSERT INTO quintet.extended_priority (impu_id, namespace, level)
SELECT id, 'wps', '1' FROM quintet.impu WHERE identity = 'sip:bob@example.test';

COMMIT;
