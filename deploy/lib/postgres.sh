# SPDX-License-Identifier: Apache-2.0
# A private PostgreSQL cluster on a Unix socket only; sourced after say.sh. Uses $var, the folder of this copy.
# shellcheck shell=bash

postgres_admin=quintet_admin
postgres_port=5432  # names the socket file; no TCP port is opened

# The newest server on this machine, as the folder of its programs.
postgres_bin() {
  local bin
  bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5,5V | tail -n 1)
  [ -x "$bin/initdb" ] || die "no PostgreSQL server is installed" "install the Debian package postgresql"
  echo "$bin"
}

# Sets postgres_as, the words in front of a server program: it refuses to be root, so root's copy runs it as the user
# postgres. Where that user cannot enter the folder (a home, say), it gets the right to look inside. The kernel stops
# the program when this script dies; setsid keeps a Ctrl-C at the terminal away from it.
postgres_identity() {
  postgres_as=(setsid env -C / setpriv --pdeathsig INT)
  [ "$(id -u)" = 0 ] || return 0
  local identity=(--reuid postgres --regid postgres --init-groups)
  postgres_as+=("${identity[@]}")
  setpriv "${identity[@]}" test -x "$var" ||
    postgres_as+=(--inh-caps=+dac_read_search --ambient-caps=+dac_read_search)
}

postgres_own() { [ "$(id -u)" != 0 ] || chown postgres: "$@"; }

# Sets postgres_sockets: inside $var where the name is short enough for a Unix socket (107 octets), else a short one under
# /tmp. Anyone who makes a folder there first owns it, so each start makes one that nobody could have foreseen.
postgres_socket_dir() {
  postgres_sockets=$var/run/postgresql
  if [ $((${#postgres_sockets} + 20)) -gt 107 ]; then
    postgres_sockets=$(mktemp -d /tmp/quintet.XXXXXXXXXX)
    postgres_own_sockets=$postgres_sockets
  else
    rm -rf "$postgres_sockets"
    mkdir -m 700 "$postgres_sockets"
  fi
  [ "$(id -u)" != 0 ] || chmod 711 "$postgres_sockets"  # the server's user goes through it
  postgres_own "$postgres_sockets"
}

# At the end: only what this start made, and only if nothing is left in it.
postgres_remove_sockets() { [ -z "${postgres_own_sockets:-}" ] || rmdir "$postgres_own_sockets" 2>/dev/null || true; }

postgres_quote() {
  [[ ! $1 =~ ^[A-Za-z0-9/._-]+$ ]] || { echo "$1"; return; }
  local text=${1//\\/\\\\}
  printf "'%s'" "${text//\'/\\\'}"
}

# postgres_conninfo ROLE [DATABASE]
postgres_conninfo() { echo "host=$(postgres_quote "$postgres_sockets") port=$postgres_port dbname=${2:-quintet} user=$1"; }

# Who may connect, by the kernel's word (peer): the user who runs this copy, and PostgreSQL's own, under any of our roles; the
# server's user under the server's.
postgres_write_access() {
  local data=$var/postgresql user role
  printf '%s\n' '# Written by deploy/quickstart at every start.' 'local all all peer map=quintet' \
    'local replication all peer map=quintet' >"$data/pg_hba.conf"
  for user in "$(id -un)" postgres; do
    for role in "$postgres_admin" quintet; do echo "quintet \"$user\" $role"; done
  done | sort -u >"$data/pg_ident.conf"
  [ "$(id -u)" != 0 ] || echo "quintet \"$freediameter_user\" quintet" >>"$data/pg_ident.conf"
}

# postgres_write_settings [KEY=VALUE...]: all of postgresql.conf; later lines win.
postgres_write_settings() {
  local data=$var/postgresql setting
  {
    echo '# Written by deploy/quickstart at every start; more settings: --pg KEY=VALUE.'
    echo "listen_addresses = ''"
    echo "unix_socket_directories = $(sed "s/'/''/g; s/.*/'&'/" <<<"$postgres_sockets")"
    echo "unix_socket_permissions = $([ "$(id -u)" = 0 ] && echo 0777 || echo 0700)"  # who may connect, pg_ident.conf says
    echo "port = $postgres_port"
    echo "shared_buffers = 256MB"
    echo "timezone = 'UTC'"
    echo "log_timezone = 'UTC'"
    echo "log_line_prefix = '%m [%p] %u '"
    for setting in "$@"; do echo "${setting%%=*} = ${setting#*=}"; done
  } >"$data/postgresql.conf"
}

# Makes the cluster if there is none. An interrupted attempt leaves no PG_VERSION behind and is made again.
postgres_create() {
  local data=$var/postgresql
  [ -e "$data/quintet-complete" ] && return 0
  rm -rf "$data"
  mkdir -m 700 "$data"
  postgres_own "$data"
  postgres_identity
  "${postgres_as[@]}" "$(postgres_bin)/initdb" --pgdata="$data" --username="$postgres_admin" --auth=peer --encoding=UTF8 \
    --locale=C.UTF-8 >>"$var/log/setup.log" 2>&1 || { show_tail "$var/log/setup.log"; die "initdb failed"; }
  touch "$data/quintet-complete"
}

# Starts the server as a child of this shell; sets postgres_pid.
postgres_start() {
  local data=$var/postgresql
  postgres_socket_dir
  postgres_write_access
  postgres_write_settings "$@"
  postgres_wait_gone
  postgres_launch
  postgres_wait || { show_tail "$var/log/postgresql.log"; die "PostgreSQL does not start"; }
}

# A server whose script was killed may still be shutting down.
postgres_wait_gone() {
  local old
  old=$(head -n 1 "$var/postgresql/postmaster.pid" 2>/dev/null || true)
  [ -n "$old" ] || return 0
  for _ in $(seq 100); do
    grep -qs '^postgres$' "/proc/$old/comm" || return 0
    sleep 0.1
  done
  die "another PostgreSQL (process $old) still runs on $var/postgresql" "stop it: kill -INT $old"
}

postgres_launch() {
  local server
  server=$(postgres_bin)/postgres
  postgres_identity
  "${postgres_as[@]}" "$server" -D "$var/postgresql" >>"$var/log/postgresql.log" 2>&1 9>&- &
  postgres_pid=$!
}

postgres_wait() {
  for _ in $(seq 300); do
    kill -0 "$postgres_pid" 2>/dev/null || return 1
    "$(postgres_bin)/pg_isready" -q -t 1 -d "$(postgres_conninfo "$postgres_admin" postgres)" && return 0
    sleep 0.1
  done
  return 1
}

# postgres_psql [DATABASE]: runs the statements of its standard input as the administrator.
postgres_psql() { psql -X -q -At -v ON_ERROR_STOP=1 -d "$(postgres_conninfo "$postgres_admin" "${1:-quintet}")" -f -; }

# The database, and the login role of the server, which owns nothing (roles.sql makes the group it belongs to).
postgres_create_database() {
  local found
  found=$(postgres_psql postgres <<<"SELECT 1 FROM pg_database WHERE datname = 'quintet'")
  [ -n "$found" ] || postgres_psql postgres <<<'CREATE DATABASE quintet'
}

postgres_create_login() {
  postgres_psql quintet <<'SQL'
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'quintet') THEN
    CREATE ROLE quintet LOGIN IN ROLE quintet_server;
  END IF;
END
$$;
SQL
}
