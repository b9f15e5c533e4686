#!/bin/sh
# The service `backup` of docker-compose.yml: writes a backup when the last one is BACKUP_HOURS old, and keeps the last
# BACKUP_KEEP. One that fails is logged, and tried again after the same time; the health check reports that it is missing.
set -eu

interval=$((BACKUP_HOURS * 3600))

# A start alone is no reason for a backup: BACKUP_KEEP starts after a mishap would remove all backups from before it.
last=$(ls -1d /backups/????-??-??T??????Z 2>/dev/null | tail -n 1)
if [ -n "$last" ]; then
  age=$(($(date +%s) - $(stat -c %Y "$last")))
  # One from the future is that of a wrong clock.
  if [ "$age" -ge 0 ] && [ "$age" -lt "$interval" ]; then
    sleep "$((interval - age))"
  fi
fi

while :; do
  # What a backup leaves that is killed, for lack of memory or by a restart.
  rm -rf /backups/????-??-??T??????Z.partial || :
  if copytaster backup "/backups/$(date -u +%Y-%m-%dT%H%M%SZ)"; then
    # Names of times, in the order of time; an unfinished backup has another name.
    # One that cannot be removed must not end this loop: the service would start again, and write one backup after another.
    ls -1d /backups/????-??-??T??????Z | head -n "-$BACKUP_KEEP" | xargs -r rm -r -- || :
  fi
  sleep "$interval"
done
