-- Roles of the cluster, created once per cluster; idempotent. Logins are the operator's: GRANT quintet_server TO them.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'quintet_server') THEN
    CREATE ROLE quintet_server NOLOGIN;
  END IF;
END
$$;
