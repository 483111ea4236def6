#!/bin/sh
# The companion command line under the path that the runbooks name: infra.sh <verb> [arguments]. It works on the
# repository of the folder it is called from; Node is the one of this repository, or else the one on the PATH.
set -eu

root=$(CDPATH='' cd -P -- "$(dirname -- "$0")/../.." && pwd)
node=$root/node_modules/.bin/node
if [ ! -x "$node" ]; then
  if ! node=$(command -v node); then
    echo 'infra.sh: there is no Node (want 24 or later); next: npm ci' >&2
    exit 3
  fi
  version=$("$node" --version) || version=unknown
  major=${version#v}
  major=${major%%.*}
  if ! [ "$major" -ge 24 ] 2>/dev/null; then
    echo "infra.sh: $node is version $version (want 24 or later); next: npm ci" >&2
    exit 3
  fi
fi
exec "$node" "$root/src/bin/infra.ts" "$@"
