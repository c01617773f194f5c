/** What a program of today writes for the `select` of the comparison: `{first: items[0].title, ids: items[].id}`. */
export function pick(body: unknown): object {
  const { items } = body as { readonly items: readonly { readonly title: string; readonly id: number }[] }
  return { first: items[0]?.title ?? null, ids: items.map(({ id }) => id) }
}
