#!/bin/sh
# The companion command line under the path that the runbooks name: infra.sh <verb> [arguments]. It works on the
# repository of the folder it is called from; Node is the one of this repository, or else the one on the PATH.
set -eu

root=$(CDPATH='' cd -P -- "$(dirname -- "$0")/../.." && pwd)
node=$root/node_modules/.bin/node
[ -x "$node" ] || node=node
if ! command -v "$node" >/dev/null; then
  echo 'infra.sh: there is no Node; next: npm ci' >&2
  exit 3
fi
exec "$node" "$root/src/bin/infra.ts" "$@"
