# The version is that of the package `node` in package-lock.json, with which everything is tested (a test holds the two
# together). That package is for development only: this image brings its own Node.
FROM node:26.10.0-bookworm-slim AS base
WORKDIR /app
# Node 26 needs libatomic, and does not start without it. The image of Node has it; this is for bases that have not.
RUN ldconfig -p | grep -q libatomic.so.1 \
  || (apt-get update && apt-get install -y --no-install-recommends libatomic1 && rm -rf /var/lib/apt/lists/*)

# Package files first: as long as they stay as they are, this layer comes from the cache.
FROM base AS dependencies
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM base
ENV NODE_ENV=production
# Inside a container, loopback is out of reach for everyone else. HOST and PORT win over the configuration file, so what
# is exposed and what is asked below hold for every configuration.
ENV HOST=0.0.0.0 PORT=3000
# Everything belongs to root: the service reads its own files and can change none.
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY config config
COPY routes routes
COPY src src
USER node
# 9464 is for `server.operationsPort`, where it is configured
EXPOSE 3000 9464
# 503 means not ready. With an operations port, or a credential that is asked for, any other answer means that it lives.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/ready').then(({ status }) => process.exit(status === 503 ? 1 : 0), () => process.exit(1))"]
# Without npm or a shell in between, so that signals arrive. Without a configuration it serves the demo; to give it one:
#   docker run -p 3000:3000 -v ./my.yaml:/config.yaml:ro -e TRIBUTARY_CONFIG=/config.yaml tributary
CMD ["node", "src/main.ts"]
