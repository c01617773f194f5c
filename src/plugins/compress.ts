import { constants } from 'node:zlib'
import compress from '@fastify/compress'
import plugin from 'fastify-plugin'

/** Compresses answers above 1 KiB for clients that take it. Levels are those at which time still buys size. */
export default plugin(
  async (app) => {
    await app.register(compress, {
      threshold: 1024,
      encodings: ['br', 'gzip'],
      brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
      zlibOptions: { level: 5 },
      // a coded request body is refused: unpacking it would be a bomb's way in
      globalDecompression: false,
    })
  },
  { name: 'compress' },
)
