#!/bin/sh
# merge-pr.sh [number]: squashes and merges a reviewed change, through gh.
set -eu

exec "$(CDPATH='' cd -P -- "$(dirname -- "$0")/.." && pwd)/infra.sh" merge-pr "$@"
