# Every command here that is not Docker's own is in scripts/image, which a test runs too: a recipe that nobody runs
# goes stale.

FROM node:26-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json .infra.yaml .infra.dev.yaml ./
COPY scripts scripts
COPY src src
COPY schemas schemas
RUN sh scripts/image/build.sh /build /image

FROM node:26-bookworm-slim
WORKDIR /app
COPY --from=build /image /app
COPY infra /app/infra
# A volume that is mounted here is given to the user that writes to it.
RUN install -d -o node /state
# Large pages for large registries (docs/decisions/runtime.md).
ENV HOST=0.0.0.0 PORT=8787 GLIBC_TUNABLES=glibc.malloc.hugetlb=1
EXPOSE 8787
USER node
# The check is a program run by the same Node, so it needs no shell and no curl.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "/app/dist/bin/healthcheck.js"]
# A second belt: the runtime itself denies writes, child processes and files outside the application.
# A home of your own is mounted at /data (INFRA_HOME), a state folder at /state (INFRA_STATE_DIR).
CMD ["node", "--min-semi-space-size=32", "--v8-pool-size=1", "--permission", "--allow-fs-read=/app", "--allow-fs-read=/data", "--allow-fs-read=/state", "--allow-fs-write=/state", "--allow-net", "--allow-worker", "/app/dist/bin/serve.js"]
