import type { BodyTemplate } from './body-template.ts'
import { halfCharacter } from './form-body.ts'
import { compilePlaceholders } from './template-text.ts'

/** Compiles a text whose placeholders become text: a list is joined with commas, and what is absent is empty. */
export function compileText(template: unknown): BodyTemplate {
  const text = compilePlaceholders(String(template))
  return {
    written: template,
    variables: text.variables,
    render: ({ text: values }) => {
      const written = text.render(values)
      if (typeof written === 'object') return written
      return halfCharacter(text.variables, values) ?? Buffer.from(written ?? '')
    },
  }
}

/** Why a template is no text. */
export function textProblem(template: unknown): string | null {
  return typeof template === 'string' ? null : 'must be a string, because bodyType is text; write for example "{q}"'
}
