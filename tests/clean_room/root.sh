# SPDX-License-Identifier: Apache-2.0
# A bare Debian 12 in a folder, by debootstrap; sourced after say.sh. Uses $place, where it is made, and $cache.
# shellcheck shell=bash

# One line a source of Debian 12 that this machine uses: "deb URI SUITE COMPONENT".
# shellcheck disable=SC2016  # apt expands these
sources() {
  apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT) $(CREATED_BY)' |
    awk '$5 == "Packages" && $3 ~ /^bookworm/ && $4 == "main" { print $1, $2, $3, $4 }' | sort -u
}

# debootstrap takes half a minute; its result is the same for every run.
bare_root() {
  local archive=$cache/bookworm-minbase.tar mirror
  mkdir -p "$cache"
  if [ ! -s "$archive" ]; then
    mirror=$(sources | awk '$3 == "bookworm" { print $2; exit }')
    [ -n "$mirror" ] || die "this machine has no package source for Debian 12 (bookworm main)" "run apt-get update first"
    say "making a bare Debian 12"
    debootstrap --variant=minbase bookworm "$place" "$mirror" >"$cache/debootstrap.log" 2>&1 ||
      { show_tail "$cache/debootstrap.log"; die "debootstrap failed"; }
    rm -f "$place"/var/cache/apt/archives/*.deb
    tar -C "$place" -cf "$archive.new" . && mv "$archive.new" "$archive"
  else
    tar -C "$place" -xf "$archive"
  fi
}

# What lets apt reach this machine's package sources; nothing else of the machine.
connect() {
  sources >"$place/etc/apt/sources.list"
  apt-config dump Acquire | grep -E '^Acquire::(https?::|Check-|Retries)' >"$place/etc/apt/apt.conf.d/90sources" || true
  cp -L /etc/resolv.conf /etc/hosts "$place/etc/"
}
