/** A whole number from a query value: `fallback` if it is absent, null if it is not a number in that range. */
export function wholeNumber(value: string | null, fallback: number, [min, max]: readonly [number, number]) {
  if (value === null || value === '') return fallback
  const number = Number(value)
  return /^\d+$/.test(value) && number >= min && number <= max ? number : null
}

/** Normalizes text for comparison, without case and accents, so that `sao paulo` finds São Paulo. */
export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').trim().toLowerCase()
}

/** Whether every word of `q` is in the text; no words match everything. */
export function matches(text: string, q: string | null): boolean {
  const searched = plain(text)
  return plain(q ?? '')
    .split(/\s+/)
    .every((word) => searched.includes(word))
}

/** Converts a headline for use in a URL: `São Paulo's trams` becomes `sao-paulos-trams`. */
export function slug(title: string): string {
  return plain(title)
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}
