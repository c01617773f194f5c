import { PROBLEMS, type ProblemName, problemType, statusText } from '../../src/http/problem.ts'
import { CODE_COLUMNS, codeRows } from '../../src/openapi/codes.ts'
import { EXPLANATIONS } from '../../src/openapi/explanations.ts'
import { table } from './table.ts'

/** The tables of failure codes and problems, generated from the tables of the code. */

export function failureCodes(): string {
  return table(CODE_COLUMNS, codeRows())
}

export function problems(): string {
  const rows = (Object.keys(PROBLEMS) as ProblemName[]).map((name) => {
    const { meaning, remedy } = EXPLANATIONS[name]
    return [`\`${problemType(name)}\``, statusText(name), meaning, remedy]
  })
  return table(['type', 'status', 'meaning', 'what to do'], rows)
}
