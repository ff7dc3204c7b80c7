#!/bin/sh
# Makes what `docker compose --profile production up` needs: prepare.sh DOMAIN
# Passwords and keys are random; they are written to deploy/compose/private and never printed.
set -eu
umask 022

[ $# -eq 1 ] || { echo "usage: $0 DOMAIN" >&2; exit 2; }
cd "$(dirname "$0")"
# Without -p: what exists holds the only master key.
mkdir private || { echo "$PWD/private exists: its master key opens your data" >&2; exit 1; }
# The service's user reads the files, and no other user of this machine gets to them.
chmod 0700 private

password=$(openssl rand -hex 24)
printf %s "$password" >private/postgres-password
printf 'SITE=%s\nSERVERS=server-1:8080 server-2:8080\n' "$1" >private/caddy.env
cat >private/openchannels.toml <<SETTINGS
# Settings of all servers and workers; see docs/settings.md for those of the platforms.
[server]
public_url = "https://$1"
trusted_proxies = ["172.30.90.0/24"] # the network "front" of compose.yaml

[database]
url = "postgresql://openchannels:$password@postgres/openchannels"

[jobs]
embedded = false

[vault.keys]
k1 = "$(openssl rand -base64 32)" # keep a copy apart from backups of the database
SETTINGS
echo "Wrote $PWD/private. Add your platforms to private/openchannels.toml."
