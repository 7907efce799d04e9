-- SPDX-License-Identifier: Apache-2.0
-- Bench subscribers :first to :last, one subscription, IMPI, IMPU and set each; their credentials must have been imported.
-- They are registered at the load generator's S-CSCF: what is measured is a base in its steady state, where a
-- Multimedia-Auth changes sequence numbers only. :number is the number in the identities of subscriber 0.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL session_replication_role = replica;  -- no foreign-key trigger per row: the joins below see to that

CREATE TEMPORARY TABLE bench_subscriber ON COMMIT DROP AS
  SELECT 'bench-' || i AS name, lpad((:number + i)::text, 15, '0') || '@' || :'realm' AS identity
  FROM generate_series(:first, :last) AS i;
CREATE UNIQUE INDEX ON bench_subscriber (name);
ANALYZE bench_subscriber;

INSERT INTO quintet.subscription (name, scscf_name, scscf_host, scscf_realm)
  SELECT name, 'sip:scscf.' || :'realm' || ':6060', 'lg0.' || :'realm', :'realm' FROM bench_subscriber;

INSERT INTO quintet.impi (identity, subscription_id, credential_id)
  SELECT new.identity, subscription.id, credential.id
  FROM bench_subscriber AS new
  JOIN quintet.subscription USING (name)
  LEFT JOIN quintet.credential USING (name);  -- a missing one violates a constraint and so stops everything

INSERT INTO quintet.registration_set (subscription_id, state)
  SELECT subscription.id, 'registered' FROM bench_subscriber JOIN quintet.subscription USING (name);

-- The profile they share: an initial filter criterion for registrations, two for calls.
INSERT INTO quintet.service_profile (name) VALUES ('bench') ON CONFLICT DO NOTHING;
INSERT INTO quintet.application_server (name, server_name, default_handling)
  VALUES ('bench', 'sip:as.' || :'realm', 0) ON CONFLICT DO NOTHING;
INSERT INTO quintet.initial_filter_criteria (profile_id, priority, condition_type_cnf, application_server_id)
  SELECT profile.id, priority, true, server.id
  FROM quintet.service_profile AS profile, quintet.application_server AS server, generate_series(0, 2) AS priority
  WHERE profile.name = 'bench' AND server.name = 'bench'
    AND NOT EXISTS (SELECT FROM quintet.initial_filter_criteria WHERE profile_id = profile.id);
INSERT INTO quintet.service_point_trigger (ifc_id, position, negated, groups, kind, method, session_case)
  SELECT ifc.id, spt.position, false, ARRAY[spt.position], spt.kind::quintet.trigger_kind, spt.method, spt.session_case
  FROM quintet.initial_filter_criteria AS ifc
  JOIN quintet.service_profile AS profile ON profile.id = ifc.profile_id AND profile.name = 'bench'
  JOIN (VALUES (0, 0, 'method', 'REGISTER', NULL), (1, 0, 'method', 'INVITE', NULL), (1, 1, 'session_case', NULL, 0::smallint),
               (2, 0, 'method', 'INVITE', NULL), (2, 1, 'session_case', NULL, 1::smallint))
    AS spt (priority, position, kind, method, session_case) USING (priority)
  WHERE NOT EXISTS (SELECT FROM quintet.service_point_trigger WHERE ifc_id = ifc.id);

INSERT INTO quintet.impu (identity, set_id, service_profile_id)
  SELECT 'sip:' || new.identity, registration_set.id, (SELECT id FROM quintet.service_profile WHERE name = 'bench')
  FROM bench_subscriber AS new
  JOIN quintet.subscription USING (name)
  JOIN quintet.registration_set ON registration_set.subscription_id = subscription.id;

INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id, registered)
  SELECT impi.id, registration_set.id, subscription.id, true
  FROM bench_subscriber
  JOIN quintet.subscription USING (name)
  JOIN quintet.impi ON impi.subscription_id = subscription.id
  JOIN quintet.registration_set ON registration_set.subscription_id = subscription.id;

COMMIT;
VACUUM ANALYZE;
CHECKPOINT;
