/**
 * JSON as text. Parsing and writing it again would lose digits of large numbers and repeated keys, which the service
 * passes on.
 */

/**
 * @typedef {object} Token
 * @property {string} text
 * @property {number} end Where the next one may begin.
 */

/**
 * @typedef {object} Piece
 * @property {'key' | 'string' | 'number' | 'word' | 'mark'} kind
 * @property {string} text
 */

/**
 * The text with line breaks and indents, in pieces; at most `limit` characters of it, so that a large answer does not
 * hold the page up.
 *
 * @param {string} json Valid JSON.
 * @param {number} limit
 * @returns {{ pieces: Piece[], isCut: boolean }}
 */
export function pretty(json, limit) {
  /** @type {Piece[]} */
  const pieces = []
  let room = limit
  let depth = 0
  for (let token = tokenAt(json, 0); token !== null; token = tokenAt(json, token.end)) {
    const next = characterAt(json, token.end)
    if (token.text === '}' || token.text === ']') depth -= 1
    const text = written(token.text, next, depth)
    if (token.text === '{' || token.text === '[') depth += 1
    pieces.push({ kind: kindOf(token.text, next), text: text.slice(0, room) })
    room -= text.length
    if (room < 0) return { pieces, isCut: true }
  }
  return { pieces, isCut: false }
}

/**
 * A token with the white space around it. Brackets with nothing between them stay together.
 *
 * @param {string} text
 * @param {string} next The first character of the token after it.
 * @param {number} depth Of the brackets around it.
 */
function written(text, next, depth) {
  if (text === ':') return ': '
  if (text === ',') return `,${indent(depth)}`
  if (text === '{' || text === '[') return next === '}' || next === ']' ? text : `${text}${indent(depth + 1)}`
  return next === '}' || next === ']' ? `${text}${indent(depth - 1)}` : text
}

/** @param {number} depth */
function indent(depth) {
  return `\n${'  '.repeat(Math.min(depth, MAX_INDENT))}`
}

/** Deeper levels are not set apart: white space would be most of the text. */
const MAX_INDENT = 40

/**
 * @param {string} text
 * @param {string} next
 * @returns {Piece['kind']}
 */
function kindOf(text, next) {
  const first = text.charAt(0)
  if (first === '"') return next === ':' ? 'key' : 'string'
  if (/[-\d]/.test(first)) return 'number'
  return /[a-z]/.test(first) ? 'word' : 'mark'
}

/**
 * The members of an object by name, as they are written. Of a repeated name it is the last.
 *
 * @param {string} json A valid JSON object.
 * @returns {Map<string, string>}
 */
export function membersOf(json) {
  /** @type {Map<string, string>} */
  const members = new Map()
  let depth = 0
  let name = ''
  let start = 0
  for (let token = tokenAt(json, 0); token !== null; token = tokenAt(json, token.end)) {
    const { text, end } = token
    if (depth === 1 && (text === ',' || text === '}') && name !== '') {
      members.set(JSON.parse(name), json.slice(start, end - 1).trim())
      name = ''
    }
    if (depth === 1 && name === '' && text.startsWith('"')) name = text
    if (depth === 1 && text === ':') start = end
    if (text === '{' || text === '[') depth += 1
    if (text === '}' || text === ']') depth -= 1
  }
  return members
}

/**
 * The token at or after a place; null at the end.
 *
 * @param {string} json
 * @param {number} from
 * @returns {Token | null}
 */
function tokenAt(json, from) {
  const start = skipSpace(json, from)
  if (start >= json.length) return null
  const first = json.charAt(start)
  const end = first === '"' ? endOfString(json, start) : '{}[]:,'.includes(first) ? start + 1 : endOfWord(json, start)
  return { text: json.slice(start, end), end }
}

/**
 * @param {string} json
 * @param {number} from
 */
function characterAt(json, from) {
  return json.charAt(skipSpace(json, from))
}

/**
 * @param {string} json
 * @param {number} from
 */
function skipSpace(json, from) {
  let place = from
  while (place < json.length && ' \n\r\t'.includes(json.charAt(place))) place += 1
  return place
}

/**
 * @param {string} json
 * @param {number} start
 */
function endOfWord(json, start) {
  let place = start
  while (place < json.length && !'{}[]:," \n\r\t'.includes(json.charAt(place))) place += 1
  return place
}

/**
 * @param {string} json
 * @param {number} start Of the opening quote.
 */
function endOfString(json, start) {
  for (let quote = json.indexOf('"', start + 1); quote >= 0; quote = json.indexOf('"', quote + 1)) {
    let slashes = 0
    while (json[quote - 1 - slashes] === '\\') slashes += 1
    if (slashes % 2 === 0) return quote + 1
  }
  return json.length
}
