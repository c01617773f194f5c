import Type from 'typebox'
import { byName, flag, oneOf, switchable, templateValue } from './schema/parts.ts'

const headers = Type.Record(Type.String(), Type.String(), { description: 'Request headers by name.' })

/** Keys for the request to a source; `defaults` may hold them too. */
export const requestProperties = {
  method: Type.Optional(
    oneOf(['GET', 'POST'], {
      description: 'The HTTP method: GET or POST. Default GET.',
      default: 'GET',
      examples: ['POST'],
    }),
  ),
  safe: Type.Optional(
    flag({
      description:
        'Whether asking the source changes nothing (RFC 9110, section 9.2.1). Only safe sources are part of /aggregate and of views with the method GET. A source that takes data of an unsafe one is unsafe, too. Default: true for GET, false for POST.',
      examples: [true],
    }),
  ),
  idempotent: Type.Optional(
    flag({
      description:
        'Whether the same request may be made twice: retried, and hedged (RFC 9110, section 9.2.2). Default: as `safe`.',
      examples: [false],
    }),
  ),
  values: Type.Optional(
    switchable(byName(templateValue, { description: 'Template values by name.' }), {
      description: 'Template values that no client can set. Never shown. Default: none.',
      examples: [{ units: 'metric' }],
    }),
  ),
  headers: Type.Optional(
    switchable(headers, {
      description:
        'Request headers, by name. `{name}` stands for a parameter, a value, or what `bind` or `forEach` provides; `{{name}}` writes `{name}`. A header whose only placeholder is an absent optional parameter is left out. Never shown. Default: none.',
      examples: [{ 'accept-language': '{lang}' }],
    }),
  ),
  body: Type.Optional(
    Type.Unknown({
      description:
        'What a POST sends: any JSON value. In its strings `{name}` stands for a parameter, a value, or what `bind` or `forEach` provides; `{{name}}` writes `{name}`. A string that is exactly "{name}" becomes the value with its type; within a longer one a list is joined by commas. A member whose only placeholder is an absent optional parameter is left out. Never shown. Default: nothing is sent.',
      examples: [{ city: '{q}', note: 'for {q}', days: 3 }],
    }),
  ),
  forwardHeaders: Type.Optional(
    Type.Array(Type.String(), {
      description:
        "Names of the client's request headers that are passed on; nothing else of its request is, but see `propagate`. Default: none.",
      default: [],
      examples: [['authorization']],
    }),
  ),
  propagate: Type.Optional(
    flag({
      description: "Sends x-request-id and a W3C traceparent (child of the client's, else new). Default true.",
      default: true,
      examples: [false],
    }),
  ),
}
