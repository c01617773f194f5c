import { parseXml, XmlCdata, XmlElement, XmlError, XmlText } from '@rgrove/parse-xml'

const MAX_DEPTH = 100
const BOM = '\ufeff'

/**
 * Elements become keys, attributes `@name`, text beside either `#text`, repeated elements lists. All scalars are
 * strings, texts without the white space around them; that within CDATA stays. References to characters and to the five
 * predefined entities are decoded, other entities stay as they are written (`&name;`), declared or not. Throws where the
 * text is not well-formed XML 1.0, or nested more than 100 deep; the message quotes no values.
 */
export function readXml(text: string): unknown {
  // the parser takes half of a character, a lone surrogate, for one, and a byte order mark for none
  if (!text.isWellFormed() || text.startsWith(BOM)) throw new Error('holds a character that XML does not allow')
  const { root } = parse(text)
  if (root === null) throw new Error('has no root element')
  return Object.fromEntries([[root.name, dataOf(root, 1)]])
}

function parse(text: string) {
  try {
    return parseXml(text, { ignoreUndefinedEntities: true, preserveCdata: true })
  } catch (error) {
    if (error instanceof XmlError) throw new Error(messageOf(error))
    // it calls itself for each level
    if (error instanceof RangeError) throw new Error(TOO_DEEP)
    throw error
  }
}

const TOO_DEEP = `is nested more than ${MAX_DEPTH} deep`

/** The library adds the lines around the place, which may hold anything. */
function messageOf({ message, line, column }: XmlError): string {
  const [sentence = ''] = message.split(' (line ', 1)
  return `line ${line}, column ${column}: ${sentence}`
}

function dataOf(element: XmlElement, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new Error(TOO_DEEP)
  const members = new Map<string, unknown>()
  for (const [name, value] of Object.entries(element.attributes)) members.set(`@${name}`, value)
  for (const child of element.children) if (child instanceof XmlElement) addTo(members, child, depth)
  const text = textOf(element)
  if (members.size === 0) return text
  if (text !== '') members.set('#text', text)
  // not by assignment: `__proto__` is a name like any other
  return Object.fromEntries(members)
}

function addTo(members: Map<string, unknown>, child: XmlElement, depth: number): void {
  const before = members.get(child.name)
  const data = dataOf(child, depth + 1)
  if (Array.isArray(before)) before.push(data)
  else members.set(child.name, before === undefined ? data : [before, data])
}

/** White space at both ends is left out, up to the first and from the last CDATA section on: in those it is meant. */
function textOf({ children }: XmlElement): string {
  let [text, dataFrom, dataTo] = ['', -1, -1]
  for (const child of children) {
    if (!(child instanceof XmlText)) continue
    if (child instanceof XmlCdata && dataFrom < 0) dataFrom = text.length
    text += child.text
    if (child instanceof XmlCdata) dataTo = text.length
  }
  if (dataFrom < 0) return text.trim()
  return text.slice(0, dataFrom).trimStart() + text.slice(dataFrom, dataTo) + text.slice(dataTo).trimEnd()
}
