import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

/**
 * The arguments of a command: the configuration file, if any, and flags; or a text to print, for `--help` and
 * `--version`; or the problem with the arguments.
 */
export type CommandLine =
  | { readonly file: string | null; readonly flags: ReadonlySet<string> }
  | { readonly print: string }
  | { readonly problem: string }

/** How a command is used: `usage` is one line, `help` all of it. */
export interface Manual {
  readonly usage: string
  readonly help: string
  /** The flags besides `--help` and `--version`, such as `json` for `--json`. */
  readonly flags?: readonly string[]
}

/**
 * Reads the configuration file (`--config FILE` or just `FILE`, else `TRIBUTARY_CONFIG`) and the flags of a command. A
 * problem is a sentence, with the usage on a second line.
 */
export function readCommandLine(args: readonly string[], environment: NodeJS.ProcessEnv, manual: Manual): CommandLine {
  const known = manual.flags ?? []
  const flags = Object.fromEntries([...known, 'version'].map((name) => [name, { type: 'boolean' as const }]))
  const options = {
    ...flags,
    help: { type: 'boolean' as const, short: 'h' },
    config: { type: 'string' as const, multiple: true as const },
  }
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const told = values as { readonly config?: readonly string[]; readonly help?: boolean; readonly version?: boolean }
    if (told.help) return { print: manual.help }
    if (told.version) return { print: versionLine() }
    const [file, ...others] = [...(told.config ?? []), ...positionals]
    if (others.length > 0) return wrong(`one configuration file is read, and ${others.length + 1} are named`, manual)
    if (file === '') return wrong('--config needs a file', manual)
    const set = new Set(Object.keys(values).filter((name) => known.includes(name)))
    return { file: file ?? (environment.TRIBUTARY_CONFIG || null), flags: set }
  } catch (error) {
    return wrong(sentence(error as NodeJS.ErrnoException), manual)
  }
}

function wrong(problem: string, { usage }: Manual): CommandLine {
  return { problem: `${problem}\n${usage}` }
}

/** Node's message about the arguments, in our words. */
function sentence({ code, message }: NodeJS.ErrnoException): string {
  const option = /'(-[^' ]*)/.exec(message)?.[1] ?? ''
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `there is no option ${option}`
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE')
    return option.startsWith('--config') || option === '-' ? '--config needs a file' : `${option} takes no value`
  /* c8 ignore next: parseArgs has no third error for these options */
  return message
}

function versionLine(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return `tributary ${(JSON.parse(text) as { version: string }).version}, Node.js ${process.version}`
}
