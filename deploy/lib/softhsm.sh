# SPDX-License-Identifier: Apache-2.0
# A SoftHSM token of this copy's own; sourced after say.sh. Uses $var, the folder of this copy.
# shellcheck shell=bash

softhsm_label=quintet
# Only what the server and the tool use (the last two for vendor files under a transport key): less to attack, and
# SoftHSM, which copies this list for every operation, is a good deal faster with a short one.
softhsm_mechanisms=CKM_AES_ECB,CKM_AES_KEY_WRAP,CKM_RSA_PKCS_OAEP,CKM_RSA_PKCS_KEY_PAIR_GEN

softhsm_module() {
  local module
  for module in /usr/lib/*/softhsm/libsofthsm2.so /usr/lib/softhsm/libsofthsm2.so; do
    [ -e "$module" ] && { echo "$module"; return; }
  done
  die "no SoftHSM module is installed" "install the Debian package softhsm2"
}

# softhsm_configure LOG_LEVEL: its configuration, and the environment that points there. The import token has a folder of
# its own, which the server is not told of.
softhsm_configure() {
  export SOFTHSM2_CONF=$var/softhsm/softhsm2.conf
  private_folder "$var/softhsm" "$var/softhsm/tokens" "$var/pins" "$var/import" "$var/import/tokens"
  softhsm_write "$var/softhsm" "$1"
  softhsm_write "$var/import" "$1"
}

softhsm_write() {
  cat >"$1/softhsm2.conf" <<CONF
# Written by deploy/quickstart at every start.
directories.tokendir = $1/tokens
objectstore.backend = file
log.level = $2
slots.removable = false
slots.mechanisms = $softhsm_mechanisms
CONF
}

softhsm_has_token() { compgen -G "$var/softhsm/tokens/*/token.object" >/dev/null; }

# quintet token init gives both tokens their keys at once, so it makes them in one folder; this takes them apart.
softhsm_part() {
  local object pin
  for object in "$var"/softhsm/tokens/*/token.object; do
    ! grep -qs quintet-import "$object" || mv "${object%/*}" "$var/import/tokens/"
  done
  for pin in import import-so; do
    [ ! -e "$var/pins/$pin.pin" ] || mv "$var/pins/$pin.pin" "$var/import/"
  done
}
