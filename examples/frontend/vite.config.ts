import { defineConfig } from 'vite'

// The page and the service have one origin, so no CORS is needed. In production a reverse proxy does the same.
const service = 'http://127.0.0.1:3000'

export default defineConfig({
  server: {
    host: '127.0.0.1',
    proxy: { '/aggregate': service },
  },
})
