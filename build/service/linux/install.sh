#!/bin/sh
# Installs this folder as a systemd service. Run once as root: ./install.sh 'mssql://app:PASSWORD@sqlserver/Transplant'
# The worker itself runs as the user "transplant", never as root.
set -eu
[ "$(id -u)" = 0 ] || { echo "install.sh: run it as root; the worker itself will not be root." >&2; exit 2; }
[ $# -eq 1 ] || { echo "usage: ./install.sh DATABASE-URL" >&2; exit 2; }
here=$(cd "$(dirname "$0")/.." && pwd)
id transplant >/dev/null 2>&1 || useradd --system --home-dir /var/lib/transplant --shell /usr/sbin/nologin transplant
if [ "$here" != /opt/transplant-worker ]; then
  rm -rf /opt/transplant-worker.new
  cp -a "$here" /opt/transplant-worker.new
  rm -rf /opt/transplant-worker
  mv /opt/transplant-worker.new /opt/transplant-worker
fi
mkdir -p /etc/transplant
umask 077
printf 'TRANSPLANT_DB=%s\n' "$1" >/etc/transplant/worker.env
chown root:transplant /etc/transplant/worker.env && chmod 640 /etc/transplant/worker.env
cp /opt/transplant-worker/service/transplant-worker.service /etc/systemd/system/
systemctl daemon-reload
systemctl enable --now transplant-worker
echo "Installed. Compare the fingerprint and approve it: journalctl -u transplant-worker | grep fingerprint"
