# Countersign as an image: Node 24, the source as it is (there is no build), and what it needs to run. Nobody's root:
# it runs as uid 1000, on a read-only root file system, and writes to /data only. docs/operating.md, "Containers".

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Of the optional dependencies only esbuild's program for this platform is used. Firestore and Storage, which firebase-admin
# brings, are not: messaging loads without them (test/image holds that).
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && mv node_modules/@esbuild /tmp/@esbuild \
  && npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
  && mv /tmp/@esbuild node_modules/@esbuild

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="Countersign" \
  org.opencontainers.image.description="The self-hosted second factor for Microsoft Entra ID" \
  org.opencontainers.image.licenses="Apache-2.0"
# SQLite's temporary files go where something may be written, when it writes its file anew.
ENV NODE_ENV=production \
  COUNTERSIGN_HOST=0.0.0.0 \
  COUNTERSIGN_DATA_DIR=/data \
  COUNTERSIGN_COMMAND=countersign \
  SQLITE_TMPDIR=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json tsconfig.base.json LICENSE ./
COPY policy-templates ./policy-templates
COPY views ./views
COPY src ./src
COPY deploy/image/countersign /usr/local/bin/countersign
# The store, and compiled code. With MongoDB only the latter, and the volume need not be kept.
RUN install -d -o 1000 -g 1000 -m 700 /data
VOLUME /data
# By number: Kubernetes cannot tell that a name is not root's.
USER 1000:1000
EXPOSE 8080
# Alive, not ready: what a container is restarted for is never cured by that when MongoDB is away or the clock is wrong.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.COUNTERSIGN_PORT || 8080}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/start.js"]
