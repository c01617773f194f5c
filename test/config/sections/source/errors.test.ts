import t from 'tap'
import { oneSource, problemsOf, sourceOf, warningsOf } from '../../support.ts'

const at = (key: string) => `sources.a.${key} (line 3): `

t.test('failWhen', async (t) => {
  t.equal(sourceOf('').failWhen, null)
  t.equal(
    sourceOf('failWhen: errors')
      .failWhen?.({ errors: [1] })
      ?.toString(),
    '1',
  )
  t.equal(sourceOf('', {}, 'failWhen: errors').failWhen?.text, 'errors', 'from defaults')
  t.equal(sourceOf('failWhen: error', {}, 'failWhen: errors').failWhen?.text, 'error')
  t.same(problemsOf(oneSource('failWhen: "status =="')), [`${at('failWhen')}is no valid JMESPath: it ends too early`])
  t.same(problemsOf(oneSource('failWhen: true')), [`${at('failWhen')}true must be a string; write it in quotes`])
  t.same(problemsOf(oneSource('', 'failWhen: "["')), [
    'defaults.failWhen (line 1): is no valid JMESPath: it ends too early',
  ])
  t.match(problemsOf(oneSource('errorIf: errors')), [/did you mean "failWhen"\? Write for example failWhen/])
})

t.test('errorDetails', async (t) => {
  t.equal(sourceOf('').errorDetails, null)
  t.same(sourceOf('errorDetails: "{reason: error.code}"').errorDetails?.({ error: { code: 1 } }), { reason: 1 })
  t.equal(sourceOf('', {}, 'errorDetails: error').errorDetails?.text, 'error', 'from defaults')
  t.same(problemsOf(oneSource('errorDetails: "{reason:"')), [
    `${at('errorDetails')}is no valid JMESPath: it ends too early`,
  ])
  t.match(problemsOf(oneSource('errorDetails: { reason: error }')), [/must be a string/])
  t.match(problemsOf(oneSource('errorBody: error')), [/did you mean "errorDetails"\? Write for example errorDetails/])
})

t.test('double quotes, where a text is meant, name a member', async (t) => {
  const says = `${at('failWhen')}compares with a member named "error"; for a text, write 'error'`
  t.same(warningsOf(oneSource(`failWhen: 'status == "error"'`)), [says])
  t.same(warningsOf(oneSource(`failWhen: 'status != "error"'`)), [says])
  t.same(warningsOf(oneSource(`failWhen: "status == 'error'"`)), [])
  t.same(warningsOf(oneSource(`failWhen: '"status" == \`1\`'`)), [])
  t.same(warningsOf(oneSource(`failWhen: '\${F}'`), { F: 'status == "error"' }), [], 'it is not shown')
})
