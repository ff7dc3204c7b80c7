#!/bin/sh
# Installs this checkout, or updates to it, as root: program in /opt/openchannels, settings in
# /etc/openchannels, data in /var/lib/openchannels. Starts nothing.
set -eu
cd "$(dirname "$0")/../.."
program=/opt/openchannels settings=/etc/openchannels/openchannels.toml

python3 -m venv "$program"
"$program/bin/python" -m pip install --quiet --require-hashes -r requirements/server.txt
"$program/bin/python" -m pip install --quiet --no-deps --no-build-isolation --force-reinstall .

install -D -m 0644 deploy/systemd/openchannels.sysusers.conf /etc/sysusers.d/openchannels.conf
install -D -m 0644 deploy/systemd/openchannels.tmpfiles.conf /etc/tmpfiles.d/openchannels.conf
install -m 0644 deploy/systemd/*.service deploy/systemd/*.target /etc/systemd/system
systemd-sysusers openchannels.conf
systemd-tmpfiles --create openchannels.conf
[ -e "$settings" ] || install -m 0640 -g openchannels openchannels.example.toml "$settings"
systemctl daemon-reload
echo "Installed. Edit $settings, then start what you need; see docs/deployment.md."
