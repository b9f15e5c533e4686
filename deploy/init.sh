#!/bin/sh
# The service `init` of docker-compose.yml: writes the users of the Redis server, creates the data folders and gives them
# to the services' user. It runs as root, before the other services start, and may run again at any time.
#
# OWNER: uid:gid of the services. INBOX_PERMISSIONS: mode of the inbox. HOST_DATA: the data folder's name on the host.
set -eu

# The file is replaced as a whole: the server may read it at this moment. It has hashes of passwords, and 999 is the
# server's user.
copytaster server-users /run/secrets >/run/users/users.acl.new
chown 999 /run/users/users.acl.new
chmod 0400 /run/users/users.acl.new
mv /run/users/users.acl.new /run/users/users.acl

# A folder of a person, with services that run as somebody else: files that one of them creates, the other could not move
# or delete. A folder that Docker has created belongs to root, and is given to the services.
for folder in /data /data/inbox; do
  owner=$(stat -c %u:%g "$folder" 2>/dev/null) || continue
  if [ "${owner%:*}" -ge 1000 ] && [ "$owner" != "$OWNER" ]; then
    echo "init: $HOST_DATA${folder#/data} belongs to $owner, and the services run as $OWNER. Either set" \
      "COPYTASTER_UID=${owner%:*} and COPYTASTER_GID=${owner#*:} in .env, or give the folder to the services:" \
      "\`sudo chown -R $OWNER $HOST_DATA\`. Then repeat \`docker compose up --detach --wait\`." >&2
    exit 1
  fi
done

# The folder may be private; the services' user needs permission to traverse it. Others may traverse it in order to drop
# files, but not list it.
[ "$(stat -c %u:%g /data)" = "$OWNER" ] || chmod go-rw,a+x /data
for folder in inbox staging archive quarantine search; do
  # A folder that already has the right owner keeps its mode, and its contents are not visited again. The services close
  # all of them but the inbox for other users.
  [ "$(stat -c %u:%g "/data/$folder" 2>/dev/null)" != "$OWNER" ] || continue
  mkdir -p "/data/$folder"
  chown -R "$OWNER" "/data/$folder"
  [ "$folder" != inbox ] || find /data/inbox -type d -exec chmod "$INBOX_PERMISSIONS" {} +
done
