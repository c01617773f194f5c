import { constants } from 'node:zlib'
import compress from '@fastify/compress'
import plugin from 'fastify-plugin'

/** Compresses answers above 1 KiB if the client accepts it. Higher levels take more time for little gain in size. */
export default plugin(
  async (app) => {
    // compressing the 1.5 MB of Swagger UI takes 70 ms, and nobody needs a credential to ask for it
    app.addHook('onRoute', (route) => {
      if (route.url.startsWith('/docs/static/')) route.compress = false
    })
    await app.register(compress, {
      threshold: 1024,
      encodings: ['br', 'gzip'],
      brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
      zlibOptions: { level: 5 },
      // compressed request bodies are refused (see negotiate.ts): they might be decompression bombs
      globalDecompression: false,
    })
  },
  { name: 'compress' },
)
