#!/usr/bin/env bash
# Builds the image and completes a sign-in in a container of it (test/image), where there is no Docker daemon and no image
# registry: the base image is made under its own short name from Debian's packages and the Node that the project brings. It
# stands in for the base only; every line of the Dockerfile runs as written. Elsewhere `docker build .` is all there is to it.
# What it fetches and makes is kept in .cache/image: nothing of it meets the images of this machine.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
for program in podman runc debootstrap; do command -v "$program" >/dev/null 2>&1 || missing+=("$program"); done
[ "$(uname -s)" = Linux ] || missing+=(Linux)
[ "$(id -u)" = 0 ] || missing+=("the rights of root")
if [ ${#missing[@]} -gt 0 ]; then
  printf -v list '%s, ' "${missing[@]}"
  echo "The image is not built and not tried here: it takes ${list%, } (apt-get install podman runc debootstrap)." >&2
  [ "${CI:-}" = true ] && exit 1
  exit 0
fi

base=node:24-bookworm-slim
cache=$PWD/.cache/image
mkdir -p "$cache"
# podman with a store of its own, to look around in it too: .cache/image/podman images
engine=$cache/podman
cat >"$engine" <<END
#!/bin/sh
exec podman --root '$cache/store' --runroot '$cache/run' --runtime runc --cgroup-manager cgroupfs --events-backend none "\$@"
END
chmod +x "$engine"

if ! "$engine" image exists "localhost/$base"; then
  echo "Making what stands in for $base..."
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  debootstrap --variant=minbase --include=ca-certificates bookworm "$work/root" >"$work/log" 2>&1 || { tail "$work/log" >&2; exit 1; }
  rm -rf "$work/root"/var/cache/apt/*.bin "$work/root"/var/cache/apt/archives/*.deb "$work/root"/var/lib/apt/lists/*
  install -m 755 node_modules/node/bin/node "$work/root/usr/local/bin/node"
  (cd "$work" && npm pack --silent npm@11 >/dev/null && tar -xzf npm-*.tgz)
  mkdir -p "$work/root/usr/local/lib/node_modules"
  mv "$work/package" "$work/root/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$work/root/usr/local/bin/npm"
  # Whatever this machine trusts, so that npm reaches what it reaches here.
  cp /etc/ssl/certs/ca-certificates.crt "$work/root/etc/ssl/certs/"
  chroot "$work/root" useradd --uid 1000 --create-home node
  tar -C "$work/root" -c . | "$engine" import --quiet \
    --change 'CMD ["node"]' --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' - "$base" >/dev/null
fi

echo "Building the image..."
"$engine" build --quiet --format docker --pull=never --network host --isolation chroot --tag countersign . >/dev/null
# What an earlier build left behind.
"$engine" image prune --force >/dev/null

COUNTERSIGN_TEST_ENGINE=$engine COUNTERSIGN_TEST_IMAGE=localhost/countersign COUNTERSIGN_TEST_BASE=localhost/$base \
  node scripts/test.ts test/image
