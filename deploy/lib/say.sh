# SPDX-License-Identifier: Apache-2.0
# Words to the person at the terminal; sourced by the scripts of deploy/ and tests/.
# shellcheck shell=bash

# The script's name stands in front of every line, so that one sees who speaks in a mixed log.
program=${program:-$(basename "$0")}

say() { printf '%s: %s\n' "$program" "$*"; }
warn() { printf '%s: warning: %s\n' "$program" "$*" >&2; }

# die WHAT_LACKS [WHAT_TO_DO]: ends the script with status 1.
die() {
  printf '%s: %s\n' "$program" "$1" >&2
  [ $# -lt 2 ] || printf '%s: %s\n' "$program" "$2" >&2
  exit 1
}

# private_folder DIR...: makes them for their owner alone, whatever they were before.
private_folder() { mkdir -p "$@" && chmod 700 "$@"; }

# show_tail FILE: the last lines of a log, indented, on standard error.
show_tail() {
  [ -s "$1" ] || return 0
  printf '%s: the end of %s:\n' "$program" "$1" >&2
  tail -n "${2:-15}" "$1" | sed 's/^/    /' >&2
}
