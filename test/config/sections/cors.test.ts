import t from 'tap'
import { MINIMAL, problemsOf } from '../support.ts'

const problems = (cors: object | boolean) => problemsOf(`server: { cors: ${JSON.stringify(cors)} }\n${MINIMAL}`)

t.test('origins are as browsers send them', async (t) => {
  const cases: Readonly<Record<string, string>> = {
    'https://app.example/': '"https://app.example/" is not how browsers send it; write https://app.example',
    'https://App.Example': '"https://App.Example" is not how browsers send it; write https://app.example',
    'https://app.example:443': '"https://app.example:443" is not how browsers send it; write https://app.example',
    'https://app.example/x': '"https://app.example/x" is not how browsers send it; write https://app.example',
    'app.example': '"app.example" is no origin; write for example https://app.example',
    'https://*.example':
      '"https://*.example" holds a wildcard, which is not supported; name each origin, or write "*" alone',
    null: '"null" stands for sandboxed pages and files of any site; name an origin',
    '': '"" is no origin; write for example https://app.example',
  }
  for (const [origin, message] of Object.entries(cases))
    t.same(problems({ origins: [origin] }), [`server.cors.origins[0] (line 1): ${message}`])
  for (const origin of ['https://app.example', 'http://localhost:5173', 'https://[::1]:8443', '*'])
    t.same(problems({ origins: [origin] }), [], origin)
})

t.test('* stands alone, and never with credentials', async (t) => {
  t.same(problems({ origins: ['*', 'https://a.example'] }), [
    'server.cors.origins (line 1): "*" allows all origins; leave the others out, or leave out "*"',
  ])
  t.same(problems({ origins: ['*'], credentials: true }), [
    'server.cors.origins (line 1): "*" is not possible together with credentials; name the origins',
  ])
  t.same(problems({ origins: ['https://a.example'], credentials: true }), [])
})

t.test('what is missing or unknown', async (t) => {
  t.match(problems({}), [/server\.cors\.origins.*missing/])
  t.match(problems({ origins: [] }), [/server\.cors\.origins/])
  t.match(problems({ origins: ['*'], methods: ['GET'] }), [/the methods of the route are allowed; leave it out/])
  t.match(problems({ allowOrigin: ['*'] }), [/missing/, /did you mean "origins"/])
  t.same(problems(false), [])
  t.match(problems(true), [/must be a map, or false/])
})

t.test('operationsPort', async (t) => {
  const port = (server: string) => problemsOf(`server: ${server}\n${MINIMAL}`)
  t.same(port('{ port: 9464, operationsPort: 9464 }'), [
    'server.operationsPort (line 1): 9464 is the port of all else, too; write another one, or leave it out',
  ])
  t.same(port('{ port: 0, operationsPort: 0 }'), [])
  t.match(port('{ metricsPort: 9464 }'), [/did you mean "operationsPort"/])
  t.match(port('{ operationsPort: 70000 }'), [/operationsPort.*at most 65535/])
})
