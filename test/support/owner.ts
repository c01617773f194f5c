/** Whoever ends what was started for it: a tap test, or anything else that calls these when it is over. */
export interface Owner {
  teardown(end: () => unknown): unknown
}
