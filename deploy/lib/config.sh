# SPDX-License-Identifier: Apache-2.0
# The server's configuration file and the file to source in another terminal. Uses $var, the folder of this copy.
# shellcheck shell=bash

# config_write KEY=VALUE...: TOML from dotted keys, of which the last of a name wins. A value that is not TOML is text.
config_write() {
  printf '%s\n' "$@" | awk '
    function toml(text) {
      if (text ~ /^(true|false|-?[0-9]+|\[.*\]|".*")$/) return text
      gsub(/[\\"]/, "\\\\&", text)
      return "\"" text "\""
    }
    {
      at = index($0, "="); key = substr($0, 1, at - 1); table = key; sub(/\.[^.]*$/, "", table)
      if (!(table in known)) { known[table] = ++tables; name[tables] = table }
      if (!(key in value)) keys[table] = keys[table] " " key
      value[key] = substr($0, at + 1)
    }
    END {
      print "# Written by deploy/quickstart at every start; other values: --set TABLE.KEY=VALUE."
      for (t = 1; t <= tables; t++) {
        print "\n[" name[t] "]"
        count = split(keys[name[t]], list, " ")
        for (i = 1; i <= count; i++) { key = list[i]; sub(/.*\./, "", key); print key " = " toml(value[list[i]]) }
      }
    }' >"$var/quintet.toml"
}

# Quotes for any shell, where that is needed.
config_shell_quote() {
  [[ ! $1 =~ ^[A-Za-z0-9/._-]+$ ]] || { echo "$1"; return; }
  printf "'%s'" "${1//\'/\'\\\'\'}"
}

# config_write_env DATABASE_CONNINFO TOOL_FOLDER: what another terminal sources.
config_write_env() {
  cat >"$var/env" <<ENV
# Written by deploy/quickstart at every start. Source it, then: psql "\$QUINTET_DB", quintet --help
export QUINTET_DB=$(config_shell_quote "$1")
export QUINTET_ADMIN_DB=$(config_shell_quote "$1")
export SOFTHSM2_CONF=$(config_shell_quote "$SOFTHSM2_CONF")
export QUINTET_CONFIG=$(config_shell_quote "$var/quintet.toml")
export QUINTET_IMPORT_SOFTHSM2_CONF=$(config_shell_quote "$var/import/softhsm2.conf")
export QUINTET_IMPORT_PIN_FILE=$(config_shell_quote "$var/import/import.pin")
case ":\$PATH:" in *:$(config_shell_quote "$2"):*) ;; *) export PATH=$(config_shell_quote "$2"):\$PATH ;; esac
ENV
}
