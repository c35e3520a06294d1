# slim, not alpine: the gateway is developed and tested on Debian's C library. The price is some 30 MB.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY bundle.mjs nest-cli.json tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && npm prune --omit=dev

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "--eval", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node is process 1, so that it gets SIGTERM and can finish the requests in flight. npm would not pass the signal on.
# The two options make V8 collect garbage earlier, so memory stays near CACHE_MAX_BYTES instead of growing to twice that.
CMD ["node", "--heap-growing-percent=30", "--max-semi-space-size=8", "dist/main.bundle.js"]
