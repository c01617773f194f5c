import { parseArgs } from 'node:util'

/** What a command was told: the configuration file, if any, and flags; or what is wrong with what it was told. */
export type CommandLine =
  | { readonly file: string | null; readonly flags: ReadonlySet<string> }
  | { readonly problem: string }

/**
 * Reads `--config FILE` (or `TRIBUTARY_CONFIG` where it is not given) and the flags that a command knows, such as
 * `json` for `--json`.
 */
export function readCommandLine(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  known: readonly string[] = [],
): CommandLine {
  const flags = Object.fromEntries(known.map((name) => [name, { type: 'boolean' as const }]))
  try {
    const { values } = parseArgs({ args: [...args], options: { ...flags, config: { type: 'string' as const } } })
    const file = values.config === undefined ? environment.TRIBUTARY_CONFIG || null : String(values.config)
    return { file, flags: new Set(Object.keys(values).filter((name) => known.includes(name))) }
  } catch (error) {
    return { problem: (error as Error).message }
  }
}
