import Type from 'typebox'
import type { CorsConfig } from '../../http/cors.ts'
import type { Input } from '../schema/input.ts'
import { guesses } from '../schema/keywords.ts'
import { block, flag, optional, switchable } from '../schema/parts.ts'
import type { Scope } from '../schema/report.ts'
import { quote } from '../text/problems.ts'

const DEFAULTS = { credentials: false }

const keys = {
  origins: Type.Array(Type.String(), {
    description: 'The origins whose pages may call it, as browsers send them; or `*` alone, for all. Required.',
    examples: [['https://app.example']],
    minItems: 1,
    alsoCalled: 'origin alloworigin alloworigins allowedorigins alloworigin accesscontrolalloworigin',
  }),
  ...optional({
    credentials: flag({
      description: 'Whether pages may send cookies; not together with `*`.',
      default: DEFAULTS.credentials,
      examples: [true],
    }),
  }),
}

export const corsSchema = switchable(
  block(keys, {
    description: 'Which pages of other origins may call the service.',
    guesses: guesses(
      ['methods allowmethods allowedmethods', 'the methods of the route are allowed; leave it out'],
      [
        'headers allowheaders allowedheaders',
        "the headers that the service reads, and all sources' forwardHeaders, are allowed; leave it out",
      ],
      ['exposeheaders exposedheaders', 'the headers of the service are exposed; leave it out'],
      ['maxage', 'browsers keep a preflight for ten minutes; leave it out'],
    ),
  }),
  {
    description: 'Which pages of other origins may call it (CORS). Default: none.',
    examples: [{ origins: ['https://app.example'] }],
    hint: 'Write for example cors: { origins: ["https://app.example"] }',
  },
)

/** Resolves and checks the block `server.cors`. Null if it is off. */
export function resolveCors(input: Input<typeof corsSchema> | undefined, scope: Scope): CorsConfig | null {
  if (!input) return null
  const { origins = [], credentials } = { ...DEFAULTS, ...input }
  checkOrigins(origins, credentials, scope)
  return { origins, credentials }
}

const PATH = ['server', 'cors', 'origins']

function checkOrigins(origins: readonly string[], credentials: boolean, { problem, show }: Scope): void {
  for (const [index, origin] of origins.entries()) {
    const wrong = originProblem(origin)
    if (wrong !== null) problem([...PATH, index], `${show([...PATH, index], quote(origin))} ${wrong}`)
  }
  if (!origins.includes('*')) return
  if (origins.length > 1) problem(PATH, '"*" allows all origins; leave the others out, or leave out "*"')
  // the Fetch standard forbids it, and any site could act as the user
  if (credentials) problem(PATH, '"*" is not possible together with credentials; name the origins')
}

/** Why a browser never sends this as an Origin, as the end of a sentence; null if it may. */
function originProblem(text: string): string | null {
  if (text === '*') return null
  if (text === 'null') return 'stands for sandboxed pages and files of any site; name an origin'
  if (text.includes('*')) return 'holds a wildcard, which is not supported; name each origin, or write "*" alone'
  const { origin = 'null' } = URL.canParse(text) ? new URL(text) : {}
  if (origin === 'null') return 'is no origin; write for example https://app.example'
  return origin === text ? null : `is not how browsers send it; write ${origin}`
}
