// biome-ignore-all lint/suspicious/noControlCharactersInRegex: what no XML may hold is free to mark things with

/**
 * The syntax of XML but for its tags. fast-xml-parser is lenient about much of it, and would expand what is declared;
 * so it gets nothing but tags that are some, and text in which no character means anything else.
 */

// https://www.w3.org/TR/xml/#charsets
const NO_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

const NAME = String.raw`[:A-Z_a-z\u0080-\uffff][-.0-9:A-Z_a-z\u0080-\uffff]*`
const EQUALS = String.raw`\s*=\s*`
const ATTRIBUTE = String.raw`\s+${NAME}${EQUALS}(?:"[^"<\0\x01]*"|'[^'<\0\x01]*')`
const TAG = String.raw`<(/?)(${NAME})((?:${ATTRIBUTE})*)\s*(/?)>`

/** Text, or the end, name, attributes and emptiness of a tag. Where there is neither, it stops. */
export const PARTS = new RegExp(`([^<]+)|${TAG}`, 'gy')
/** The name of an attribute, and its value in the one or the other quotes. */
export const ATTRIBUTES = new RegExp(`(${NAME})${EQUALS}(?:"([^"]*)"|'([^']*)')`, 'g')

const REFERENCE = new RegExp(String.raw`&(?:#(\d+)|#x([\dA-Fa-f]+)|(${NAME}));`, 'g')
const LONE_AMPERSAND = new RegExp(String.raw`&(?!(?:#\d+|#x[\dA-Fa-f]+|${NAME});)`)
const INSTRUCTION = new RegExp(String.raw`^${NAME}(?=\s|$)`)

/** The last branch takes all the rest, so that the end of what has none is searched for only once. */
const ASIDES = /<!--(.*?)-->|<\?(.*?)\?>|<!\[CDATA\[(.*?)\]\]>|<(?:!--|\?|!\[CDATA\[).*/gs

/** Together with all that it declares. */
const DOCTYPE = /^[\s\0]*<!DOCTYPE\s(?:[^[\]<>"'\x01]|"[^"]*"|'[^']*')*(?:\[(?:[^\]"'\x01]|"[^"]*"|'[^']*')*\]\s*)?>/

/** In the place of a comment or an instruction: without it, `<<!-- -->a>` would become a tag. */
export const NOTHING = '\0'
/** At both ends of what was CDATA: white space in it is meant, and it stands in an element or not at all. */
const CDATA = '\x01'
/** Characters that mean something, and those that stand for them where they mean nothing. */
const SPECIAL = '&<>"\'\t\n\r '
const MARKS = '\x02\x03\x04\x05\x06\x07\x08\x0e\x0f'

/** At both sides of any other character that was referred to: `&#97;` is no part of a name. */
const REFERRED = '\x10'

const MARK = /[\0-\x08\x0e-\x10]/

const PREDEFINED = new Map(Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }))

/** The text without comments, instructions, CDATA sections, DOCTYPE and references; throws where one is none. */
export function withoutSyntax(text: string): string {
  if (!isText(text)) throw new Error('holds a character that XML does not allow')
  const tagged = withoutAsides(text.replace(/\r\n?/g, '\n')).replace(DOCTYPE, '')
  if (LONE_AMPERSAND.test(tagged)) throw new Error('holds an & that begins no reference')
  return tagged.replace(REFERENCE, referenced)
}

/** What the marks in a text stand for. */
export function withoutMarks(text: string): string {
  // most texts hold none, and to replace nothing takes longer than to look
  if (!MARK.test(text)) return text
  return text.replace(new RegExp(MARK, 'g'), (mark) => SPECIAL[MARKS.indexOf(mark)] ?? '')
}

function isText(text: string): boolean {
  return text.isWellFormed() && !NO_CHARACTER.test(text)
}

function marked(character: string): string {
  return MARKS[SPECIAL.indexOf(character)] ?? character
}

function withoutAsides(text: string): string {
  return text.replace(ASIDES, (_, comment?: string, instruction?: string, data?: string, at = 0) => {
    if (data !== undefined) return CDATA + data.replace(/[&<>]/g, marked) + CDATA
    const isWellFormed = instruction === undefined ? isComment(comment) : isInstruction(instruction, at)
    if (!isWellFormed) throw new Error('holds a comment or an instruction that is none')
    return NOTHING
  })
}

/** https://www.w3.org/TR/xml/#sec-comments: no two hyphens in it. */
function isComment(comment: string | undefined): boolean {
  return comment !== undefined && !`${comment}-`.includes('--')
}

/** https://www.w3.org/TR/xml/#sec-pi: what is named `xml` is the declaration, with which the text begins. */
function isInstruction(instruction: string, at: number): boolean {
  const [target] = INSTRUCTION.exec(instruction) ?? []
  return target !== undefined && (target.toLowerCase() !== 'xml' || at === 0)
}

/** Entities are not expanded, but for the five that all XML knows. */
function referenced(_: string, decimal?: string, hexadecimal?: string, entity = ''): string {
  const predefined = PREDEFINED.get(entity)
  if (entity !== '') return predefined === undefined ? `${marked('&')}${entity};` : marked(predefined)
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal)
  const character = String.fromCodePoint(code)
  if (!isText(character)) throw new Error('refers to a character that XML does not allow')
  return SPECIAL.includes(character) ? marked(character) : REFERRED + character + REFERRED
}
