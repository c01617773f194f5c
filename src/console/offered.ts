/** What the console offers to ask. The page holds it as JSON, and its scripts read it. No import, for the scripts' sake. */
export interface Offer {
  /** In the order of the list on the page. */
  readonly endpoints: readonly OfferedEndpoint[]
  /** The credentials that let in; both false where none is needed. */
  readonly auth: { readonly apiKey: boolean; readonly token: boolean }
  /** Whether `explain=true` is allowed. */
  readonly explain: boolean
  /** How a call can be made to end (`server.simulate`); empty where that is off. */
  readonly endings: readonly string[]
}

/** One URL that gives answers: all sources, or a view. */
export interface OfferedEndpoint {
  /** Null for all sources. */
  readonly view: string | null
  readonly method: string
  /** Relative to the page, such as `aggregate/home`; a segment can be a parameter, such as `{city}`. */
  readonly path: string
  readonly description: string | null
  readonly deadlineMs: number
  /** Whether it can answer record by record. */
  readonly streams: boolean
  /** In the order of `data`. */
  readonly entries: readonly OfferedEntry[]
  readonly parameters: readonly OfferedParameter[]
  /** The headers of the client that its sources get. */
  readonly headers: readonly string[]
}

/** What `sources` can pick. */
export interface OfferedEntry {
  /** The key in `data`. */
  readonly key: string
  readonly source: string
  readonly description: string | null
  readonly required: boolean
}

/** A query parameter: `q`, or `weather.q` for one key only. */
export interface OfferedParameter {
  readonly name: string
  /** Sentences, with code in backticks. */
  readonly description: string
  /** JSON types; empty for any. */
  readonly types: readonly string[]
  /** All that are valid, if there is a list of them; else null. */
  readonly values: readonly string[] | null
  /** What applies without a value, as text; null for nothing. */
  readonly default: string | null
  /** The keys that make it valid to send. */
  readonly takenBy: readonly string[]
  /** The keys that cannot be asked without it. */
  readonly neededBy: readonly string[]
  /** Whether it replaces the value for one key. */
  readonly isForOne: boolean
}
