#!/bin/sh
# Installs this folder as a systemd service, or renews one. Run once as root; the database's address comes from the
# environment or is asked for, because arguments can be seen by everybody on this machine:
#   TRANSPLANT_DB='mssql://app:PASSWORD@sqlserver/Transplant' ./install.sh [NAME-OF-THIS-WORKER]
# The worker itself runs as the user "transplant", never as root.
set -eu
[ "$(id -u)" = 0 ] || { echo "install.sh: run it as root; the worker itself will not be root." >&2; exit 2; }
case ${1-} in *://*) echo "install.sh: give the address as TRANSPLANT_DB, not as an argument." >&2; exit 2 ;; esac
here=$(cd "$(dirname "$0")/.." && pwd)
settings=/etc/transplant/worker.env
if [ -z "${TRANSPLANT_DB-}" ] && [ ! -f "$settings" ]; then
  printf 'Address of the database (mssql://…): ' >&2
  stty -echo 2>/dev/null || true
  IFS= read -r TRANSPLANT_DB
  stty echo 2>/dev/null || true
  [ -n "$TRANSPLANT_DB" ] || { echo "install.sh: no address was given." >&2; exit 2; }
fi
id transplant >/dev/null 2>&1 || useradd --system --home-dir /var/lib/transplant --shell /usr/sbin/nologin transplant
# A running worker hands back its tasks and stops before its program is exchanged.
systemctl stop transplant-worker 2>/dev/null || true
if [ "$here" != /opt/transplant-worker ]; then
  rm -rf /opt/transplant-worker.new
  cp -a "$here" /opt/transplant-worker.new
  chown -R root:root /opt/transplant-worker.new
  rm -rf /opt/transplant-worker
  mv /opt/transplant-worker.new /opt/transplant-worker
fi
if [ -n "${TRANSPLANT_DB-}" ]; then
  mkdir -p /etc/transplant
  umask 077
  printf 'TRANSPLANT_DB=%s\n' "$TRANSPLANT_DB" >"$settings"
  if [ -n "${1-}" ]; then printf 'TRANSPLANT_WORKER_NAME=%s\n' "$1" >>"$settings"; fi
  chmod 600 "$settings"
fi
cp /opt/transplant-worker/service/transplant-worker.service /etc/systemd/system/
chmod 644 /etc/systemd/system/transplant-worker.service
systemctl daemon-reload
systemctl enable transplant-worker
systemctl start transplant-worker
echo "Installed. Compare the fingerprint and approve it: journalctl -u transplant-worker | grep -A1 fingerprint"
