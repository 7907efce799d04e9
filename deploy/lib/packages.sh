# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that are missing, and only those; sourced after say.sh.
# shellcheck shell=bash

packages_list=$(dirname "${BASH_SOURCE[0]}")/packages

# packages_of GROUP...: the names of those groups.
packages_of() {
  local group
  for group in "$@"; do awk -v group="$group" '$1 == group { print $2 }' "$packages_list"; done
}

# packages_missing NAME...: those that are not installed.
packages_missing() {
  local name
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || echo "$name"
  done
}

# Packages must not start daemons or make clusters here: what is needed runs privately. Takes back what it laid out.
packages_apt_install() (
  umask 022
  policy=/usr/sbin/policy-rc.d
  no_cluster=/etc/postgresql-common/createcluster.d/quintet-none.conf
  laid=()
  trap 'rm -f "${laid[@]}"' EXIT
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
    laid+=("$policy")
  fi
  if [ ! -e /usr/share/postgresql-common/maintscripts-functions ]; then
    mkdir -p "${no_cluster%/*}" && echo 'create_main_cluster = false' >"$no_cluster"
    laid+=("$no_cluster")
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q -o DPkg::Lock::Timeout=900 "$@" </dev/null
)

# ensure_packages GROUP...: needs root only when something is missing.
ensure_packages() {
  local log=${packages_log:-/dev/stderr} names=() missing=()
  mapfile -t names < <(packages_of "$@")
  mapfile -t missing < <(packages_missing "${names[@]}")
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || die "these Debian packages are missing: ${missing[*]}" \
    "run as root: apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  say "installing Debian packages: ${missing[*]}"
  packages_apt_install install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1 && return 0
  # The lists of available packages may be absent (a bare system) or old; only then are they fetched.
  packages_apt_install update >>"$log" 2>&1 &&
    packages_apt_install install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1 && return 0
  [ "$log" = /dev/stderr ] || show_tail "$log"
  die "apt-get could not install the packages" "see its words above; they are in Debian 12, component main"
}
