import t from 'tap'
import { FAILURE_CODES, type FailureCode } from '../../src/core/failure.ts'
import { messageOf } from '../../src/transport/messages.ts'

const bounds = { connectTimeoutMs: 300, maxBytes: 1_048_576 }

for (const code of Object.keys(FAILURE_CODES) as FailureCode[]) {
  t.test(`the message of ${code} is a clause about the source, to stand in a sentence`, async (t) => {
    const message = messageOf(code, 'news', bounds)
    t.match(message, /^(news|the|an) .*\bnews\b|^news /)
    t.match(message, / (did|was|is|could|failed|has|closed|answered|occurred)\b/, 'it has a verb')
    t.notMatch(message, /[.;:!?]$/, 'several are joined to one sentence')
  })
}
