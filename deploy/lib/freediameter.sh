# SPDX-License-Identifier: Apache-2.0
# freeDiameterd's configuration and its start; sourced after say.sh. Uses $var, the folder of this copy.
# shellcheck shell=bash

freediameter_user=quintet

# freediameter_choose_realm [REALM]: of this copy for good; what was provisioned is of that realm.
freediameter_choose_realm() {
  local note=$var/realm
  freediameter_realm=$(cat "$note" 2>/dev/null || true)
  [ -n "$freediameter_realm" ] || [ ! -e "$var/postgresql/quintet-complete" ] || freediameter_realm=$provision_sample_realm
  [ -z "$1" ] || [ -z "$freediameter_realm" ] || [ "$1" = "$freediameter_realm" ] ||
    die "$var was made for the realm $freediameter_realm" "give another folder: --var DIR, or remove that one"
  freediameter_realm=${freediameter_realm:-${1:-$provision_sample_realm}}
  freediameter_identity=hss.$freediameter_realm
  echo "$freediameter_realm" >"$note"
}

# freediameter_write PORT ADDRESS EXTENSION: which address to listen on and which peers to accept, the extension decides.
freediameter_write() {
  local families='No_IPv6;'
  [[ $2 != *:* ]] || families=''
  cat >"$var/freediameter.conf" <<CONF
# Written by deploy/quickstart at every start.
Identity = "$freediameter_identity";
Realm = "$freediameter_realm";
Port = $1;
SecPort = 0;
No_SCTP;
$families
NoRelay;
TwTimer = 10;
AppServThreads = 2;
LoadExtension = "$3" : "$var/quintet.toml";
CONF
}

# The stock daemon can be shut down by any peer; ours comes from deploy/freediameter.
freediameter_daemon() { command -v freeDiameterd || die "freeDiameterd is not installed" "run deploy/freediameter/install"; }

# freediameter_listens PORT: some socket listens there (state 0A), IPv4 or IPv6.
freediameter_listens() {
  local hex
  hex=$(printf '%04X' "$1")
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
    awk -v port=":$hex\$" '$4 == "0A" && $2 ~ port { found = 1 } END { exit !found }'
}

# What the daemon needs in its environment besides var/env; sourced by what starts another one on this copy.
freediameter_write_env() {
  {
    echo '# Written by deploy/quickstart at every start.'
    echo "export SOFTHSM2_CONF=$(config_shell_quote "$SOFTHSM2_CONF")"
    if [ -n "${freediameter_preload:-}" ]; then
      echo "export LD_PRELOAD=$(config_shell_quote "$freediameter_preload")"
      echo "export ASAN_OPTIONS=$(config_shell_quote "${ASAN_OPTIONS:-}")"
      echo "export TSAN_OPTIONS=$(config_shell_quote "${TSAN_OPTIONS:-}")"
    fi
  } >"$var/run/server-env"
}

# The user that root's copy runs the server as, made when it is missing; the Debian packages have the same.
freediameter_make_user() {
  [ "$(id -u)" = 0 ] || return 0
  getent passwd "$freediameter_user" >/dev/null ||
    useradd --system --user-group --no-create-home --home-dir /var/lib/quintet --shell /usr/sbin/nologin "$freediameter_user" ||
    die "the user $freediameter_user, as whom the server runs, cannot be made" "make it with useradd, or run this as an ordinary user"
}

# What the server reads and writes: its configuration, its token with the PIN, the witness, its key for TLS. All else stays root's.
freediameter_own() {
  [ "$(id -u)" = 0 ] || return 0
  chgrp "$freediameter_user" "$var/quintet.toml" "$var/freediameter.conf" "$var/softhsm/softhsm2.conf"
  chmod 711 "$var/pins"
  chown -R "$freediameter_user:" "$var/softhsm/tokens" "$var/pins/user.pin" "$var/sqn"
  chmod 711 "$var/softhsm"
  [ ! -e "$var/tls/$freediameter_identity.key" ] || chown "$freediameter_user:" "$var/tls/$freediameter_identity.key"
}

# Sets freediameter_as, the words in front of the daemon: another user, who has no capability and gets none. Where he cannot enter
# the folder or read the program (a home, say), he gets the right to look inside, and to that end to read everything.
freediameter_drop() {
  freediameter_as=(setpriv --pdeathsig TERM --no-new-privs)
  [ "$(id -u)" = 0 ] || return 0
  local identity=(--reuid "$freediameter_user" --regid "$freediameter_user" --init-groups) may_look=''
  setpriv "${identity[@]}" test -x "$var" -a -r "$build_extension" || may_look=,+dac_read_search
  freediameter_as+=("${identity[@]}" --inh-caps "-all$may_look" --bounding-set "-all$may_look")
  [ -z "$may_look" ] || freediameter_as+=(--ambient-caps +dac_read_search)
}

# Starts the server as a child of this shell; sets freediameter_pid. The kernel stops it when this script dies.
freediameter_launch() {
  local daemon
  daemon=$(freediameter_daemon)
  freediameter_drop
  setsid env ${freediameter_preload:+LD_PRELOAD="$freediameter_preload"} prlimit --core=0 "${freediameter_as[@]}" \
    "$daemon" -c "$var/freediameter.conf" >>"$var/log/quintet.log" 2>&1 9>&- &
  freediameter_pid=$!
}

# freediameter_wait PORT SECONDS: until it listens; fails when it ends or the time is over.
freediameter_wait() {
  for _ in $(seq $(($2 * 20))); do
    kill -0 "$freediameter_pid" 2>/dev/null || return 1
    freediameter_listens "$1" && return 0
    sleep 0.05
  done
  return 1
}
