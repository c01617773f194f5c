import { XMLValidator } from 'fast-xml-parser'
import { ATTRIBUTES, NOTHING, PARTS, withoutMarks, withoutSyntax } from './xml-text.ts'

/**
 * fast-xml-parser judges whether tags match. Its own tree is not used: it takes three times as long as this one (0.4 s
 * for 1 MB of small elements), trims pieces of text, renames `toString` and refuses `constructor`.
 */

const MAX_DEPTH = 100
/** Of one element, which the validator takes long about: 0.3 s for 80,000. */
const MAX_ATTRIBUTES = 1000

interface Element {
  readonly name: string
  readonly members: Map<string, unknown>
  text: string
}

/**
 * Elements become keys, attributes `@name`, text beside either `#text`, repeated elements lists. All scalars are
 * strings, texts without the white space around them. References to characters and to the five predefined entities
 * are decoded, other entities stay as they are written (`&name;`), declared or not. Throws where the text is not
 * well-formed XML 1.0, nested more than 100 deep, or has more than 1000 attributes in one element.
 */
export function readXml(text: string): unknown {
  const plain = withoutSyntax(text)
  // first, as it is quick to find what is too deep or too much
  const { members, text: beside } = read(plain)
  const valid = XMLValidator.validate(plain.replaceAll(NOTHING, ''))
  if (valid !== true) throw new Error(valid.err.msg)
  const [root] = members.values()
  // the validator does not see what follows `<a/>`
  if (members.size !== 1 || Array.isArray(root) || /[^ \t\n]/.test(beside.replaceAll(NOTHING, '')))
    throw new Error('has something beside its root element')
  return Object.fromEntries(members)
}

/** The tags have the form of tags then, though not yet each its partner. */
function read(text: string): Element {
  const document = newElement('')
  const path = [document]
  let length = 0
  for (const [part, characters, end, name = '', attributes = '', empty] of text.matchAll(PARTS)) {
    length += part.length
    if (characters !== undefined) last(path).text += characters
    else if (!end) path.push(newElement(name, attributes))
    if (path.length > MAX_DEPTH + 1) throw new Error(`is nested more than ${MAX_DEPTH} deep`)
    if (end || empty) leave(path)
  }
  if (length < text.length) throw new Error('holds a < that begins no tag')
  return document
}

function last(path: readonly Element[]): Element {
  return path.at(-1) as Element
}

function newElement(name: string, attributes = ''): Element {
  const members = new Map<string, unknown>()
  if (attributes !== '') addAttributes(members, attributes)
  return { name, members, text: '' }
}

function addAttributes(members: Map<string, unknown>, attributes: string): void {
  for (const [, name, quoted, otherwise] of attributes.matchAll(ATTRIBUTES)) {
    // the validator misses that of `__proto__`
    if (members.has(`@${name}`)) throw new Error('has an attribute twice')
    if (members.size === MAX_ATTRIBUTES) throw new Error(`has more than ${MAX_ATTRIBUTES} attributes in one element`)
    // https://www.w3.org/TR/xml/#AVNormalize
    members.set(`@${name}`, withoutMarks((quoted ?? otherwise ?? '').replace(/[\t\n]/g, ' ')))
  }
}

/** Puts the innermost element, which is complete, into the one around it. */
function leave(path: Element[]): void {
  const element = path.pop() as Element
  if (path.length === 0) throw new Error('closes what is not open')
  const { members } = last(path)
  const before = members.get(element.name)
  const data = dataOf(element)
  if (Array.isArray(before)) before.push(data)
  else members.set(element.name, before === undefined ? data : [before, data])
}

function dataOf({ members, text }: Element): unknown {
  const own = text === '' ? '' : withoutMarks(text.replaceAll(NOTHING, '').trim())
  if (members.size === 0) return own
  if (own !== '') members.set('#text', own)
  // not by assignment: `__proto__` is a name like any other
  return Object.fromEntries(members)
}
