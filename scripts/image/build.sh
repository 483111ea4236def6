#!/bin/sh
# build.sh <source> <image>: builds the package in <source> and lays out in <image> what the container holds: the
# bundled programs and the manifests of the service.
set -eu
source=$1
image=$2

cd "$source"
npm ci --no-audit --no-fund
npm run build

mkdir -p "$image"
cp -R dist schemas package.json .infra.yaml .infra.dev.yaml "$image/"
