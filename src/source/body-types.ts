import { type BodyTemplate, compileBody } from './body-template.ts'
import { compileForm, formProblem } from './form-body.ts'
import { compileText, textProblem } from './text-body.ts'
import { compileXml, xmlProblem } from './xml-body.ts'

/** How the body of a request is written. */
export const BODY_TYPES = ['json', 'form', 'text', 'xml'] as const
export type BodyType = (typeof BODY_TYPES)[number]

interface Kind {
  /** Its Content-Type, unless `headers` say otherwise. */
  readonly mediaType: string
  /** Compiles a template without a problem. Does not throw on others. */
  readonly compile: (template: unknown) => BodyTemplate
  /** Why a template cannot become such a body, as the end of a sentence; null if it can. */
  readonly problem: (template: unknown) => string | null
}

/** What there is to know about each type. */
export const BODIES: Readonly<Record<BodyType, Kind>> = {
  json: { mediaType: 'application/json', compile: compileBody, problem: () => null },
  form: { mediaType: 'application/x-www-form-urlencoded', compile: compileForm, problem: formProblem },
  text: { mediaType: 'text/plain; charset=utf-8', compile: compileText, problem: textProblem },
  xml: { mediaType: 'application/xml', compile: compileXml, problem: xmlProblem },
}
