#!/bin/sh
# The service `backup` of docker-compose.yml: writes a backup at its start and then every BACKUP_HOURS, and keeps the last
# BACKUP_KEEP. One that fails is logged, and tried again after the same time; the health check reports that it is missing.
set -eu

while :; do
  # What a backup leaves that is killed, for lack of memory or by a restart.
  rm -rf /backups/????-??-??T??????Z.partial || :
  if copytaster backup "/backups/$(date -u +%Y-%m-%dT%H%M%SZ)"; then
    # Names of times, in the order of time; an unfinished backup has another name.
    # One that cannot be removed must not end this loop: the service would start again, and write one backup after another.
    ls -1d /backups/????-??-??T??????Z | head -n "-$BACKUP_KEEP" | xargs -r rm -r -- || :
  fi
  sleep "$((BACKUP_HOURS * 3600))"
done
