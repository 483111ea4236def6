#!/bin/sh
# finalize-registry.sh: checks, seals, activates and stages the change of this branch.
set -eu

exec "$(CDPATH='' cd -P -- "$(dirname -- "$0")/.." && pwd)/infra.sh" finalize "$@"
