# SPDX-License-Identifier: Apache-2.0
# Keeps the database and the server running until a signal, then stops both in order. Uses $var, $restart, $server.
# shellcheck shell=bash

# supervise_end PID SIGNAL SECONDS: asks a child to end, waits, and kills it when it does not.
supervise_end() {
  local pid=$1
  kill -s "$2" "$pid" 2>/dev/null || return 0
  for _ in $(seq $(($3 * 20))); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.05
  done
  if kill -9 "$pid" 2>/dev/null; then warn "process $pid had to be killed"; fi
  wait "$pid" 2>/dev/null || true
}

# The server first, so that it finishes what it has begun.
supervise_stop() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  [ -z "${freediameter_pid:-}" ] || supervise_end "$freediameter_pid" TERM 15
  [ -z "${postgres_pid:-}" ] || supervise_end "$postgres_pid" INT 30
  postgres_remove_sockets
  rm -f "$var"/run/*.pid
  exit "$status"
}

# supervise_again NAME: says so and goes on, unless restarts are not wanted or come too fast.
supervise_again() {
  [ "$restart" = yes ] || die "$1 died" "its log is in $var/log"
  supervise_deaths=$((SECONDS - ${supervise_last:-0} < 10 ? ${supervise_deaths:-0} + 1 : 1))
  supervise_last=$SECONDS
  [ "$supervise_deaths" -le 20 ] || die "$1 dies again and again" "its log is in $var/log"
  warn "$1 died; starting it again"
  sleep 0.2
}

supervise_note() {
  echo "$postgres_pid" >"$var/run/postgresql.pid"
  [ -z "${freediameter_pid:-}" ] || echo "$freediameter_pid" >"$var/run/server.pid"
}

# From here on a signal is the way to end. The trap ends the script by itself: a flag that the loop below looks at would
# be missed between the look and the wait.
supervise_begin() {
  trap 'say stopping; exit 0' INT TERM HUP
  supervise_note
}

supervise() {
  while true; do
    supervise_note
    wait -n "$postgres_pid" ${freediameter_pid:+"$freediameter_pid"} 2>/dev/null || true
    if ! kill -0 "$postgres_pid" 2>/dev/null; then
      supervise_again PostgreSQL
      postgres_launch
    fi
    if [ -n "${freediameter_pid:-}" ] && ! kill -0 "$freediameter_pid" 2>/dev/null; then
      supervise_again "the server"
      freediameter_launch
    fi
  done
}
