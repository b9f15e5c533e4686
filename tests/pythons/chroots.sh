#!/usr/bin/env bash
# Run make targets in fresh Debian chroots, on the Python that each Debian release brings.
#
#   tests/pythons/chroots.sh                                         `make demo test` on Debian 12, 13 and sid
#   DISTS="trixie sid" TARGETS="types unit" tests/pythons/chroots.sh
#
#   DISTS     Debian releases: bookworm has Python 3.11, trixie 3.13, sid 3.14
#   TARGETS   make targets, run in this order in one call of make
#   ARGS      given to make as ARGS: options and paths for pytest
#   MIRROR    Debian mirror; without it the one that this machine's apt uses
#
# A chroot holds what the README lists under "Needed" and nothing else. It gets the last commit (uncommitted changes are
# not tested) and a plain user. pip is configured as on this machine: its configuration files, PIP_* variables, proxies,
# certificates and local package folders are there too. The network is the machine's own.
# It needs root, mmdebstrap and git. Mounts and processes live in namespaces of their own, so that an interrupted run
# leaves none behind; the folder of a chroot is removed at the end.
set -euo pipefail

NEEDED=python3,python3-venv,make
# Part of every Debian that a person installs; mount leaves this machine's tree behind once the chroot is entered.
ALWAYS_THERE=mount
HOME_INSIDE=/srv/copytaster
SOURCE=$HOME_INSIDE/source
USER_ID=1000
# Variables that decide how packages are fetched and how libraries compute, and whether Hypothesis may be random.
PASSED='^(PIP_.*|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|(https?|all|no)_proxy|(HTTPS?|ALL|NO)_PROXY|OPENBLAS_.*|CI)$'
CONFIGURATION=(/etc/xdg/pip/pip.conf /etc/pip.conf)
USER_CONFIGURATION=(.pip/pip.conf .config/pip/pip.conf)

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

main() {
  [ "$(id -u)" = 0 ] || fail "making a chroot needs root"
  local tool dist ended failed=0 summary=()
  for tool in mmdebstrap git unshare; do
    command -v "$tool" >/dev/null || fail "$tool is not installed; on Debian: apt install mmdebstrap git util-linux"
  done
  folder=$(mktemp -d "${TMPDIR:-/var/tmp}/copytaster-pythons.XXXXXX")
  trap 'rm -rf --one-file-system "$folder"' EXIT
  chmod 755 "$folder"
  for dist in ${DISTS:-bookworm trixie sid}; do
    SECONDS=0
    ended=passed
    "$0" --one "$dist" "$folder/$dist" || { ended=FAILED failed=1; }
    summary+=("$dist: ${TARGETS:-demo test} $ended after $SECONDS s")
    rm -rf --one-file-system "${folder:?}/$dist"
  done
  printf '%s\n' "${summary[@]}"
  exit "$failed"
}

fail() {
  echo "test-pythons: $1" >&2
  exit 1
}

one() { # release, folder: makes the chroot and runs the targets in it
  local dist=$1 root=$2
  echo "== $dist: making a chroot with $NEEDED"
  make_chroot "$dist" "$root"
  git -C "$checkout" archive HEAD | tar -x -C "$root$SOURCE"
  chown -R "$USER_ID:$USER_ID" "$root$HOME_INSIDE"
  unshare --mount --pid --fork --kill-child "$0" --inside "$root"
}

make_chroot() {
  local dist=$1 root=$2 file mirror
  mapfile -t mirror < <(mirror)
  mmdebstrap --mode=root --variant=apt --format=directory --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --aptopt='Acquire::Check-Valid-Until "false"' `# a mirror that stands still will do here; signatures are checked` \
    --include="$NEEDED,$ALWAYS_THERE" "$dist" "$root" "${mirror[@]}" >"$root.log" 2>&1 ||
    { tail -20 "$root.log" >&2; return 1; }
  echo "copytaster:x:$USER_ID:$USER_ID::$HOME_INSIDE:/bin/sh" >>"$root/etc/passwd"
  echo "copytaster:x:$USER_ID:" >>"$root/etc/group"
  mkdir -p "$root$SOURCE"
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  for file in "${CONFIGURATION[@]}"; do copy_if_there "$file" "$root$file"; done
  for file in "${USER_CONFIGURATION[@]}"; do copy_if_there "$HOME/$file" "$root$HOME_INSIDE/$file"; done
}

mirror() { # MIRROR or that of this machine's apt, in either form of its sources; nothing where it is not a Debian
  [ -z "${MIRROR:-}" ] || { echo "$MIRROR"; return 0; }
  grep -qs '^ID=debian' /etc/os-release || return 0
  cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null |
    awk '/^URIs:/ { print $2; exit } $1 == "deb" { sub(/\[[^]]*\]/, ""); print $2; exit }'
}

copy_if_there() {
  [ ! -f "$1" ] || install -D -m 644 "$1" "$2"
}

inside() { # first process of the namespaces: mounts what the chroot needs, enters it and runs make as the plain user
  local root=$1 path variables=() name
  mount --make-rprivate /
  mount --bind "$root" "$root"
  cd "$root"
  mount -t proc proc proc
  mount --rbind /sys sys
  mount --rbind /dev dev
  mount -t tmpfs -o mode=1777 tmpfs dev/shm
  for path in $(local_paths); do show "$path" "$root$path"; done
  reference "$root"
  mkdir .old
  pivot_root . .old # not chroot: in a chroot a program may not make namespaces of its own
  umount -l .old
  cd "$SOURCE"
  for name in $(compgen -e | grep -E "$PASSED"); do variables+=("$name=${!name}"); done
  python3 --version
  # shellcheck disable=SC2086 # several targets
  setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups \
    env -i "${variables[@]}" HOME="$HOME_INSIDE" USER=copytaster PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 \
    make ${TARGETS:-demo test} ARGS="${ARGS:-}" </dev/null
}

local_paths() { # files and folders of this machine that pip's configuration names, once each
  local path
  {
    cat "${CONFIGURATION[@]}" "${USER_CONFIGURATION[@]/#/$HOME/}" 2>/dev/null || true
    compgen -e | grep -E "$PASSED" | while read -r name; do echo "$name=${!name}"; done
  } | grep -oE '(^|[[:space:]=])(file://)?/[^/[:space:]][^[:space:]]*' | sed -E 's/^[[:space:]=]//' | while read -r path; do
    # The pages of an index may point to files beside its folder.
    case $path in file://*/*/*) path=$(dirname "${path#file://}") ;; *) path=${path#file://} ;; esac
    [ ! -e "$path" ] || echo "$path"
  done | sort -u
}

reference() { # shows the folder of reference data, if there is one, where the tests look for it
  local data=${COPYTASTER_SHARED:-$checkout/../shared}
  [ ! -d "$data" ] || show "$data" "$1$HOME_INSIDE/shared"
}

show() { # makes a file or folder readable at another place
  if [ -d "$1" ]; then mkdir -p "$2"; else mkdir -p "$(dirname "$2")" && touch "$2"; fi
  mount --bind "$1" "$2"
  mount -o remount,bind,ro "$2"
}

case ${1:-} in
  --one) one "$2" "$3" ;;
  --inside) inside "$2" ;;
  *) main ;;
esac
