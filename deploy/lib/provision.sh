# SPDX-License-Identifier: Apache-2.0
# Schema, keys and sample subscribers; each step does only what is missing. Uses $root, $var, $build_tool_dir.
# shellcheck shell=bash

# The samples are of one realm; another one takes its place in copies.
provision_sample_realm=ims.mnc001.mcc001.3gppnetwork.org
provision_card=''  # the cards of this copy

provision() {
  local log=$var/log/setup.log
  provision_write_samples
  provision_schema >>"$log" 2>&1 || { show_tail "$log"; die "the schema could not be brought up to date"; }
  provision_token >>"$log" 2>&1 || { show_tail "$log"; die "the token could not be initialised"; }
  provision_fingerprints >>"$log" 2>&1 || { show_tail "$log"; die "the fingerprints of the keys could not be taken"; }
  provision_samples >>"$log" 2>&1 || { show_tail "$log"; die "the sample subscribers could not be provisioned"; }
}

provision_schema() {
  "$build_tool_dir/quintet" db migrate --schema "$root/schema" --database "$(postgres_conninfo "$postgres_admin")" || return
  postgres_create_login
}

# quintet token init goes on where an interrupted one stopped; the KEK's row in the database is its last step.
provision_token() {
  local registered
  registered=$(postgres_psql quintet <<<'SELECT 1 FROM quintet.kek LIMIT 1') || return
  if ! softhsm_has_token || [ -z "$registered" ]; then
    (. "$var/env" && quintet token init --create-pins --import-so-pin-file "$var/import/import-so.pin") || return
  fi
  softhsm_part
}

provision_write_samples() {
  local file
  mkdir -p "$var/samples"
  provision_card=$var/samples/sample_cards.csv
  for file in sample_cards.csv subscribers.sql; do
    sed "s/${provision_sample_realm//./\\.}/$freediameter_realm/g" "$root/schema/samples/$file" >"$var/samples/$file"
  done
}

# After an upgrade; there is nothing to do otherwise, and the token is not even opened.
provision_fingerprints() {
  (. "$var/env" && quintet keys fingerprint)
}

provision_samples() {
  local found
  found=$(postgres_psql quintet <<<'SELECT 1 FROM quintet.impi LIMIT 1')
  [ -z "$found" ] || return 0
  (. "$var/env" && quintet keys import "$provision_card") | postgres_psql quintet &&
    postgres_psql quintet <"$var/samples/subscribers.sql"
}
