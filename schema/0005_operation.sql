-- SPDX-License-Identifier: Apache-2.0
-- Step 5: what others than the server do: gateways tell addresses (GIBA), operators provision and look for oddities.

-- ---- Pushes ------------------------------------------------------------------------------------------------------

-- Wakes whoever sends RTR and PPR; the rows say what is due.
CREATE FUNCTION quintet.push_is_due() RETURNS trigger
  LANGUAGE plpgsql
  AS $$
    BEGIN
      PERFORM pg_notify('quintet_push', '');
      RETURN NULL;
    END
  $$;
CREATE TRIGGER push_wakes_the_sender AFTER INSERT ON quintet.push
  FOR EACH STATEMENT EXECUTE FUNCTION quintet.push_is_due();

-- ---- GIBA (TS 33.203 Annex T) ------------------------------------------------------------------------------------
-- A gateway has no rights on tables. Both functions tell whether a registered user has to be deregistered because of them;
-- the RTR (TS 29.228 6.1.3) is then due, written in the same transaction.

-- Locks the subscription, as the server does before it changes one, and finds its IMPI.
CREATE FUNCTION quintet.giba_lock(private_identity text) RETURNS quintet.impi
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
  AS $$
    DECLARE
      found_impi quintet.impi;
    BEGIN
      SELECT impi.* INTO found_impi
        FROM quintet.impi JOIN quintet.subscription ON subscription.id = impi.subscription_id
        WHERE impi.identity = quintet.canonical_impi(private_identity)
        FOR UPDATE OF subscription;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'the private identity % is not provisioned', private_identity USING ERRCODE = 'no_data_found';
      ELSIF NOT 'giba' = ANY (found_impi.schemes) THEN
        RAISE EXCEPTION 'the private identity % may not use GIBA', private_identity
          USING ERRCODE = 'invalid_parameter_value', HINT = 'Add giba to its impi.schemes.';
      END IF;
      RETURN found_impi;
    END
  $$;

-- One RTR for all sets that the IMPI is registered in; it names distinct identities (TS 29.228 6.1.3.1).
CREATE FUNCTION quintet.giba_deregister(which quintet.impi, why text) RETURNS boolean
  LANGUAGE sql SET search_path = pg_catalog, pg_temp
  AS $$
    WITH due AS (
      INSERT INTO quintet.push (kind, destination_host, destination_realm, impi, impus, reason, reason_info)
      SELECT 'rtr', subscription.scscf_host, subscription.scscf_realm, which.identity,
        array_agg(impu.identity ORDER BY impu.set_id, impu.position), 0, why  -- PERMANENT_TERMINATION
      FROM quintet.subscription
      JOIN quintet.impi_set ON impi_set.impi_id = which.id AND impi_set.registered
      JOIN quintet.impu ON impu.set_id = impi_set.set_id AND impu.type = 'distinct_pui'
      WHERE subscription.id = which.subscription_id AND subscription.scscf_host IS NOT NULL
      GROUP BY subscription.id
      RETURNING true)
    SELECT EXISTS (SELECT FROM due)
  $$;

-- The address that the UE got: an IPv4 address, or an IPv6 prefix with its length and maybe an interface identifier.
CREATE FUNCTION quintet.giba_bind(private_identity text, address inet, interface_id bytea DEFAULT NULL) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    DECLARE
      which quintet.impi := quintet.giba_lock(private_identity);
      prefix inet := set_masklen(network(address)::inet, masklen(address));
      bound quintet.giba_binding;
    BEGIN
      SELECT * INTO bound FROM quintet.giba_binding WHERE impi_id = which.id;
      IF FOUND AND bound.address = prefix AND bound.interface_id IS NOT DISTINCT FROM giba_bind.interface_id THEN
        RETURN false;
      END IF;
      INSERT INTO quintet.giba_binding AS b (impi_id, address, interface_id) VALUES (which.id, prefix, giba_bind.interface_id)
        ON CONFLICT (impi_id) DO UPDATE
        SET address = EXCLUDED.address, interface_id = EXCLUDED.interface_id, bound_at = now();
      RETURN bound.impi_id IS NOT NULL AND quintet.giba_deregister(which, 'the address of the UE changed');
    END
  $$;

-- The address is no longer the UE's. With `address`, only if it is the one that is bound: the end of an old session may
-- arrive after the beginning of the next.
CREATE FUNCTION quintet.giba_release(private_identity text, address inet DEFAULT NULL) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$
    DECLARE
      which quintet.impi := quintet.giba_lock(private_identity);
    BEGIN
      DELETE FROM quintet.giba_binding AS bound
        WHERE bound.impi_id = which.id
          AND (giba_release.address IS NULL
               OR bound.address = set_masklen(network(giba_release.address)::inet, masklen(giba_release.address)));
      RETURN FOUND AND quintet.giba_deregister(which, 'the address of the UE was released');
    END
  $$;

-- ---- Oddities ----------------------------------------------------------------------------------------------------
-- Nothing here is forbidden, and each may be meant; most are forgotten steps.

CREATE VIEW quintet.provisioning_warnings AS
  WITH
    member AS (
      SELECT set_id, count(*) AS members, bool_or(type IN ('distinct_psi', 'wildcarded_psi')) AS is_service,
        bool_or(type = 'distinct_pui' AND NOT barred) AS usable, bool_and(psi_application_server IS NOT NULL) AS routed_directly,
        string_agg(identity, ', ' ORDER BY position) AS identities
      FROM quintet.impu GROUP BY set_id),
    implicit_set AS (
      SELECT its.id, its.subscription_id, its.state, coalesce(members, 0) AS members, coalesce(is_service, false) AS is_service,
        coalesce(usable, false) AS usable, coalesce(routed_directly, false) AS routed_directly, identities,
        'set ' || its.id || coalesce(' (' || identities || ')', '') AS name
      FROM quintet.registration_set AS its LEFT JOIN member ON member.set_id = its.id)
  SELECT subscription.name AS subscription, found.subject, found.warning
  FROM (
    SELECT subscription_id, name, 'has no identity' FROM implicit_set WHERE members = 0
    UNION ALL
    SELECT subscription_id, name, 'has no distinct identity that is not barred: nobody can register it, there is no default'
      ' identity' FROM implicit_set WHERE members > 0 AND NOT is_service AND NOT usable
    UNION ALL
    SELECT subscription_id, name, 'is associated with no private identity' FROM implicit_set
      WHERE NOT routed_directly AND NOT EXISTS (SELECT FROM quintet.impi_set WHERE set_id = implicit_set.id)
    UNION ALL
    SELECT subscription_id, identity, 'is associated with no set' FROM quintet.impi
      WHERE NOT EXISTS (SELECT FROM quintet.impi_set WHERE impi_id = impi.id)
    UNION ALL
    SELECT subscription_id, identity, 'has no authentication scheme, but is associated with identities of users'
      FROM quintet.impi WHERE schemes = '{}' AND EXISTS (
        SELECT FROM quintet.impi_set JOIN implicit_set ON implicit_set.id = set_id WHERE impi_id = impi.id AND NOT is_service)
    UNION ALL
    SELECT subscription_id, identity, 'may register nowhere: its roaming area has no network' FROM quintet.impi
      WHERE roaming_area_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM quintet.roaming_area_network WHERE area_id = impi.roaming_area_id)
    UNION ALL
    SELECT subscription_id, identity, 'has no service profile' FROM quintet.impu
      JOIN quintet.registration_set AS its ON its.id = impu.set_id
      WHERE service_profile_id IS NULL AND psi_application_server IS NULL
    UNION ALL
    SELECT subscription_id, identity, 'is derived from an IMSI, but not barred' FROM quintet.impu
      JOIN quintet.registration_set AS its ON its.id = impu.set_id
      WHERE type = 'distinct_pui' AND NOT barred AND identity ~ '^sip:[0-9]{14,15}@ims\.mnc[0-9]{3}\.mcc[0-9]{3}\.3gppnetwork\.org$'
    UNION ALL
    SELECT subscription_id, name, 'is ' || state || ', but its subscription has no S-CSCF' FROM implicit_set
      WHERE state <> 'not_registered'
        AND NOT EXISTS (SELECT FROM quintet.subscription AS its WHERE its.id = subscription_id AND scscf_name IS NOT NULL)
    UNION ALL
    SELECT subscription_id, name, 'is not registered, but a private identity is registered with it' FROM implicit_set
      WHERE state <> 'registered' AND EXISTS (SELECT FROM quintet.impi_set WHERE set_id = implicit_set.id AND registered)
  ) AS found (subscription_id, subject, warning)
  JOIN quintet.subscription ON subscription.id = found.subscription_id;

-- ---- Least privilege ---------------------------------------------------------------------------------------------

GRANT SELECT ON ALL TABLES IN SCHEMA quintet TO quintet_server;

-- Registration state, sequence numbers and everything that the server keeps are missing here.
GRANT USAGE ON SCHEMA quintet TO quintet_provisioner;
GRANT SELECT ON ALL TABLES IN SCHEMA quintet TO quintet_provisioner;
GRANT USAGE ON SEQUENCE quintet.profile_revision TO quintet_provisioner;
GRANT INSERT, UPDATE, DELETE ON quintet.charging_set, quintet.capability_set, quintet.roaming_area,
  quintet.roaming_area_network, quintet.impi, quintet.reference_location, quintet.digest_secret, quintet.line_identifier,
  quintet.service_profile_service, quintet.application_server, quintet.shared_ifc_set, quintet.service_profile_shared_ifc_set,
  quintet.initial_filter_criteria, quintet.service_point_trigger, quintet.impu, quintet.extended_priority
  TO quintet_provisioner;
GRANT INSERT (id, name, media_profile_id), UPDATE (name, media_profile_id), DELETE ON quintet.service_profile
  TO quintet_provisioner;
GRANT INSERT (id, name, charging_set_id, capability_set_id, suspended),
  UPDATE (name, charging_set_id, capability_set_id, suspended), DELETE ON quintet.subscription TO quintet_provisioner;
GRANT INSERT (id, subscription_id), DELETE ON quintet.registration_set TO quintet_provisioner;
GRANT INSERT (impi_id, set_id, subscription_id), DELETE ON quintet.impi_set TO quintet_provisioner;
-- what quintet keys import writes
GRANT INSERT (name, kek_id, wrap_mechanism, k_wrapped, key_uri, data_key_id, opc_sealed),
  UPDATE (name, kek_id, wrap_mechanism, k_wrapped, key_uri, data_key_id, opc_sealed), DELETE ON quintet.credential
  TO quintet_provisioner;
GRANT INSERT ON quintet.audit TO quintet_provisioner;

GRANT USAGE ON SCHEMA quintet TO quintet_gateway;
REVOKE ALL ON FUNCTION quintet.giba_bind, quintet.giba_release, quintet.giba_lock, quintet.giba_deregister,
  quintet.move_revision FROM PUBLIC;
GRANT EXECUTE ON FUNCTION quintet.giba_bind, quintet.giba_release TO quintet_gateway;
GRANT EXECUTE ON FUNCTION quintet.move_revision TO quintet_provisioner;  -- in their triggers
