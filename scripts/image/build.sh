#!/bin/sh
# build.sh <source> <image>: builds the package in <source> and lays out in <image> what the container holds: the
# compiled program, its manifest, and the production dependencies alone.
set -eu
source=$1
image=$2

cd "$source"
npm ci --no-audit --no-fund
npm run build

mkdir -p "$image"
cp -R dist schemas package.json package-lock.json .npmrc .infra.yaml .infra.dev.yaml "$image/"
cd "$image"
npm ci --omit=dev --ignore-scripts --no-audit --no-fund
