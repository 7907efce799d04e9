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

INSERT INTO quintet.impu (identity, set_id)
  SELECT 'sip:' || new.identity, registration_set.id
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
