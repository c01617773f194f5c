import Type from 'typebox'
import { flag, oneOf } from './schema/parts.ts'

/** Keys for the answer of a source; `defaults` may hold them too. */
export const dataProperties = {
  format: Type.Optional(
    oneOf(['json', 'text', 'xml'], {
      description: 'What the body is: json, text or xml. Default json.',
      default: 'json',
      examples: ['xml'],
    }),
  ),
  emptyStatuses: Type.Optional(
    Type.Array(Type.Integer({ minimum: 300, maximum: 599 }), {
      description: 'HTTP statuses (300 to 599) that mean "empty", not failed. Default: none.',
      default: [],
      examples: [[404]],
    }),
  ),
  select: Type.Optional(
    Type.String({
      description: 'What becomes of the body: a JMESPath expression. Default: all of it.',
      examples: ['{temp: main.temp}'],
    }),
  ),
  schema: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description: 'JSON Schema (2020-12) of the data, for the document and typed clients. Default: none.',
      examples: [{ type: 'object' }],
      literal: true,
    }),
  ),
  validate: Type.Optional(
    flag({
      description: 'Whether data that does not fit `schema` is refused as invalid_body. Default false.',
      default: false,
      examples: [true],
    }),
  ),
}
