#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run by PostgreSQL's image when its volume is new: the login of Quintet's servers; "quintet db init" gives it its rights.
set -eu
psql -v ON_ERROR_STOP=1 --username postgres --quiet <<SQL
CREATE ROLE quintet LOGIN PASSWORD '$(cat /run/secrets/quintet.password)'
SQL
