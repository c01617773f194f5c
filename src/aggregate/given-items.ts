import type { BoundValues, ClientInput } from '../source/request.ts'
import type { TemplateProblem, TemplateValue } from '../source/template.ts'
import { chunksOf } from './batches.ts'
import type { Asked } from './params.ts'

/** The items of a list that a client gives (`forEach.param`). */

/** The items; null if the parameter is absent. An empty list counts as absent. */
export function givenItems({ params }: Pick<Asked, 'params'>, param: string): readonly TemplateValue[] | null {
  const value = params[param]
  if (value === undefined || value === null) return null
  const items = Array.isArray(value) ? value : [value]
  return items.length === 0 ? null : items
}

/** What is wrong with the items of a client, before anything is called; null if nothing is, or if there is no list. */
export function givenProblem(asked: Asked, client: ClientInput, claims: BoundValues): TemplateProblem | null {
  const { source } = asked.entry
  const { forEach } = source.facts
  if (forEach === null || forEach.param === null) return null
  const items = givenItems(asked, forEach.param) ?? []
  if (items.length > forEach.limit) {
    const problem = `"${forEach.param}" has ${items.length} items, and one answer asks for at most ${forEach.limit}`
    return { problem, variable: forEach.param }
  }
  const values =
    forEach.batch === null ? items : chunksOf(items, forEach.batch.size).map((chunk) => [...chunk.values()])
  for (const value of values) {
    const problem = source.check(asked.params, client, { ...claims, [forEach.as]: value })
    if (problem !== null) return { ...problem, variable: forEach.param }
  }
  return null
}
