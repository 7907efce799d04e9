-- SPDX-License-Identifier: Apache-2.0
-- Roles of the cluster, created once per cluster; idempotent. Logins are the operator's: GRANT quintet_server TO them.
--   quintet_server       the server: reads everything, moves sequence numbers and registration state
--   quintet_provisioner  writes subscribers and their profiles, but neither registration state nor sequence numbers
--   quintet_gateway      a packet gateway's RADIUS or Diameter server: tells and takes back addresses of GIBA users
DO $$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY '{quintet_server,quintet_provisioner,quintet_gateway}'::text[] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role);
    END IF;
  END LOOP;
END
$$;
