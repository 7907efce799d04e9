-- SPDX-License-Identifier: Apache-2.0
-- Sample subscriptions with their identities and implicit registration sets; their cards must have been imported
-- (README.md). Safe to run again: what exists stays as it is.
\set ON_ERROR_STOP on
BEGIN;

CREATE TEMPORARY TABLE sample_impi (subscription text, impi text, credential text) ON COMMIT DROP;
INSERT INTO sample_impi VALUES
  ('alice', '001010000000001@ims.mnc001.mcc001.3gppnetwork.org', 'card-001010000000001'),
  ('bob',   '001010000000002@ims.mnc001.mcc001.3gppnetwork.org', 'card-001010000000002'),
  ('carol', '001010000000003@ims.mnc001.mcc001.3gppnetwork.org', 'card-001010000000003'),
  ('carol', 'carol.tablet@ims.mnc001.mcc001.3gppnetwork.org',    'card-001010000000003');

-- set_number tells the implicit registration sets of one subscription apart.
CREATE TEMPORARY TABLE sample_impu (subscription text, set_number int, position int, impu text, barred boolean)
  ON COMMIT DROP;
INSERT INTO sample_impu VALUES
  ('alice', 1, 1, 'sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org', true),
  ('alice', 1, 2, 'sip:alice@ims.mnc001.mcc001.3gppnetwork.org',           false),
  ('alice', 1, 3, 'tel:+12025550101',                                      false),
  ('bob',   1, 1, 'sip:001010000000002@ims.mnc001.mcc001.3gppnetwork.org', true),
  ('bob',   1, 2, 'sip:bob@ims.mnc001.mcc001.3gppnetwork.org',             false),
  ('bob',   1, 3, 'tel:+12025550102',                                      false),
  ('carol', 1, 1, 'sip:001010000000003@ims.mnc001.mcc001.3gppnetwork.org', true),
  ('carol', 1, 2, 'sip:carol@ims.mnc001.mcc001.3gppnetwork.org',           false),
  ('carol', 1, 3, 'tel:+12025550103',                                      false),
  ('carol', 2, 1, 'sip:carol.office@ims.mnc001.mcc001.3gppnetwork.org',    false);

INSERT INTO quintet.subscription (name) SELECT DISTINCT subscription FROM sample_impi ON CONFLICT (name) DO NOTHING;

-- An outer join, so that a card that was not imported stops the script.
INSERT INTO quintet.impi (identity, subscription_id, credential_id)
SELECT sample.impi, subscription.id, credential.id
FROM sample_impi AS sample
JOIN quintet.subscription ON subscription.name = sample.subscription
LEFT JOIN quintet.credential ON credential.name = sample.credential
ON CONFLICT (identity) DO NOTHING;

DO $$
DECLARE
  wanted record;
  its_set bigint;
BEGIN
  FOR wanted IN SELECT DISTINCT subscription, set_number FROM sample_impu ORDER BY 1, 2 LOOP
    SELECT impu.set_id INTO its_set FROM sample_impu AS sample JOIN quintet.impu ON impu.identity = sample.impu
      WHERE sample.subscription = wanted.subscription AND sample.set_number = wanted.set_number LIMIT 1;
    CONTINUE WHEN its_set IS NOT NULL;
    INSERT INTO quintet.registration_set (subscription_id)
      SELECT id FROM quintet.subscription WHERE name = wanted.subscription RETURNING id INTO its_set;
    INSERT INTO quintet.impu (identity, set_id, position, barred)
      SELECT sample.impu, its_set, sample.position, sample.barred FROM sample_impu AS sample
      WHERE sample.subscription = wanted.subscription AND sample.set_number = wanted.set_number;
  END LOOP;
END
$$;

-- Every IMPI of a sample subscription may use every one of its sets.
INSERT INTO quintet.impi_set (impi_id, set_id, subscription_id)
SELECT impi.id, registration_set.id, impi.subscription_id
FROM sample_impi AS sample
JOIN quintet.impi ON impi.identity = sample.impi
JOIN quintet.registration_set ON registration_set.subscription_id = impi.subscription_id
ON CONFLICT DO NOTHING;

COMMIT;
