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

# softhsm_configure LOG_LEVEL: its configuration, and the environment that points there.
softhsm_configure() {
  export SOFTHSM2_CONF=$var/softhsm/softhsm2.conf
  mkdir -p "$var/softhsm/tokens"
  chmod 700 "$var/softhsm" "$var/softhsm/tokens"
  cat >"$SOFTHSM2_CONF" <<CONF
# Written by deploy/quickstart at every start.
directories.tokendir = $var/softhsm/tokens
objectstore.backend = file
log.level = $1
slots.removable = false
slots.mechanisms = $softhsm_mechanisms
CONF
}

softhsm_has_token() { compgen -G "$var/softhsm/tokens/*/token.object" >/dev/null; }
