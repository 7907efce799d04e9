-- SPDX-License-Identifier: Apache-2.0
-- Step 12: each role reaches what its work needs and nothing else (docs/roles.md holds the table; tests/schema/test_roles.py
-- tries every statement of it and every other).

-- ---- The provisioner -----------------------------------------------------------------------------------------------
-- It writes key blobs and seals and need not read them back; what the server keeps is the server's.

REVOKE SELECT ON ALL TABLES IN SCHEMA quintet FROM quintet_provisioner;
GRANT SELECT ON quintet.schema_version, quintet.subscription, quintet.impi, quintet.registration_set, quintet.impu,
  quintet.impi_set, quintet.charging_set, quintet.capability_set, quintet.roaming_area, quintet.roaming_area_network,
  quintet.reference_location, quintet.line_identifier, quintet.service_profile, quintet.service_profile_service,
  quintet.application_server, quintet.shared_ifc_set, quintet.service_profile_shared_ifc_set,
  quintet.initial_filter_criteria, quintet.service_point_trigger, quintet.extended_priority,
  quintet.profile_ifc, quintet.unregistered_ifc, quintet.provisioning_warnings
  TO quintet_provisioner;
GRANT SELECT (id, wrap_mechanism, created_at) ON quintet.kek TO quintet_provisioner;
GRANT SELECT (id, name, algorithm, kek_id, wrap_mechanism, key_uri, data_key_id, fingerprint) ON quintet.credential
  TO quintet_provisioner;
GRANT SELECT (impi_id, realm, data_key_id) ON quintet.digest_secret TO quintet_provisioner;

-- ---- Functions that run as their owner ------------------------------------------------------------------------------
-- PUBLIC may execute a new function until that is taken back.

DO $$
  DECLARE
    definer regprocedure;
  BEGIN
    FOR definer IN SELECT oid FROM pg_proc WHERE pronamespace = 'quintet'::regnamespace AND prosecdef LOOP
      EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', definer);
    END LOOP;
  END
$$;
