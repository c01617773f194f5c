/** Calls the given functions when it ends, to stop what was started for it. A tap test is one. */
export interface Owner {
  teardown(end: () => unknown): unknown
}
