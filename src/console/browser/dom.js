/**
 * Makes elements. All text goes through `textContent`: it may come from a source, and must never become HTML.
 */

/**
 * @typedef {Node | string | null | undefined | false} Child
 */

/**
 * An element with attributes and children. An attribute that is false, null or undefined is left out; functions are
 * listeners.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Readonly<Record<string, string | number | boolean | null | undefined | ((event: any) => void)>>} attributes
 * @param {readonly Child[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value))
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false))
  return element
}

const SVG = 'http://www.w3.org/2000/svg'

/**
 * One of the signs of the page. It says nothing to screen readers: words stand beside it.
 *
 * @param {string} name
 */
export function sign(name) {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('class', 'sign')
  svg.setAttribute('aria-hidden', 'true')
  const use = document.createElementNS(SVG, 'use')
  use.setAttribute('href', `#sign-${name}`)
  svg.append(use)
  return svg
}

/**
 * The parts of a text with code in backticks.
 *
 * @param {string} text
 * @returns {Child[]}
 */
export function withCode(text) {
  return text.split(/(`+)( ?)(.+?)\2\1/).reduce(codeParts, [])
}

/**
 * The split yields text, then fence, space and code, and so on.
 *
 * @param {Child[]} parts
 * @param {string} part
 * @param {number} index
 */
function codeParts(parts, part, index) {
  const kind = index % 4
  if (kind === 0) parts.push(part)
  if (kind === 3) parts.push(el('code', {}, part))
  return parts
}

/**
 * The element of the page with this id.
 *
 * @param {string} id
 */
export function byId(id) {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`the page has no ${id}`)
  return element
}
