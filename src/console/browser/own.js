/**
 * What an object holds under a name; undefined if nothing. Sources and parameters may have names that every object
 * knows, such as `constructor`.
 *
 * @template T
 * @param {Readonly<Record<string, T>>} object
 * @param {string} name
 * @returns {T | undefined}
 */
export function own(object, name) {
  return Object.hasOwn(object, name) ? object[name] : undefined
}
