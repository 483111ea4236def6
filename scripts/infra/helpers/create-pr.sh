#!/bin/sh
# create-pr.sh: asks for the review of this branch, through gh.
set -eu

exec "$(CDPATH='' cd -P -- "$(dirname -- "$0")/.." && pwd)/infra.sh" create-pr "$@"
