import { parseXml, XmlCdata, XmlElement, XmlError, XmlText } from '@rgrove/parse-xml'

const MAX_DEPTH = 100
const BOM = '\ufeff'

/**
 * Converts XML to data: elements become keys, attributes `@name`, text beside either of them `#text`, and repeated
 * elements lists. All scalars are strings. White space around text is removed, except inside CDATA. Character
 * references and the five predefined entities are decoded; other entities stay as they are (`&name;`), even if
 * declared. Throws if the text is not well-formed XML 1.0, or is nested more than 100 levels deep; the message quotes
 * no values.
 */
export function readXml(text: string): unknown {
  // the parser accepts lone surrogates and byte order marks, which XML does not allow
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
    // the parser is recursive, so deep nesting exhausts the call stack
    if (error instanceof RangeError) throw new Error(TOO_DEEP)
    throw error
  }
}

const TOO_DEEP = `is nested more than ${MAX_DEPTH} deep`

/**
 * The message of the library quotes the lines around the error, which may contain secrets. Only the position and the
 * reason are kept.
 */
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
  // not by assignment, so that `__proto__` is an ordinary key
  return Object.fromEntries(members)
}

function addTo(members: Map<string, unknown>, child: XmlElement, depth: number): void {
  const before = members.get(child.name)
  const data = dataOf(child, depth + 1)
  if (Array.isArray(before)) before.push(data)
  else members.set(child.name, before === undefined ? data : [before, data])
}

/** Removes white space at both ends, but keeps it inside CDATA sections, where it is intended. */
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
