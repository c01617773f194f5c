import t from 'tap'
import { MINIMAL, problemsOf } from '../support.ts'

t.test('trustProxy', async (t) => {
  const problem = (value: string) => problemsOf(`server: { trustProxy: ${value} }\n${MINIMAL}`)
  const wrong = [
    'server.trustProxy (line 1): holds no valid address or CIDR range; write for example 10.0.0.1 or 10.0.0.0/8',
  ]
  for (const value of [
    '10.0.0',
    '10.0.0.0/33',
    '"::1/129"',
    '10.0.0.0/0',
    '10.0.0.0/255.0.0.0',
    '[10.0.0.1, example.com]',
    '["10"]',
  ]) {
    t.same(problem(value), wrong, value)
  }
  for (const value of [
    'true',
    'false',
    '0',
    '2',
    '10.0.0.1',
    '10.0.0.0/32',
    '"::1"',
    '"fd00::/8"',
    'loopback',
    '"10.0.0.1, ::1"',
  ]) {
    t.same(problem(value), [], value)
  }
})
