import { items, topStories } from './data/items.ts'
import type { Reply, Service } from './service.ts'

/** In the shapes of the Hacker News API: https://github.com/HackerNews/API */
export const hackernews: Service = {
  answer({ path }) {
    if (path === '/v0/topstories.json') return { status: 200, body: topStories }
    const id = /^\/v0\/item\/([^/]+)\.json$/.exec(path)?.[1]
    if (id === undefined) return error(401, 'Permission denied')
    // It is a key-value store: what is not there is null, not 404.
    return { status: 200, body: items.get(id) ?? null }
  },
  fault: (status) => error(status, 'Internal server error.'),
}

function error(status: number, message: string): Reply {
  return { status, body: { error: message } }
}
