import { items, topStories } from './data/items.ts'
import type { Reply, Service } from './service.ts'

/** Imitates the Hacker News API: https://github.com/HackerNews/API */
export const hackernews: Service = {
  answer({ path }) {
    if (path === '/v0/topstories.json') return { status: 200, body: topStories }
    const id = /^\/v0\/item\/([^/]+)\.json$/.exec(path)?.[1]
    if (id === undefined) return error(401, 'Permission denied')
    // The real service is a key-value store: a missing item is null, not 404.
    return { status: 200, body: items.get(id) ?? null }
  },
  fault: (status) => error(status, 'Internal server error.'),
}

function error(status: number, message: string): Reply {
  return { status, body: { error: message } }
}
