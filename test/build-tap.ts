import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { t } from 'tap'
import { parse } from 'yaml'

/**
 * Runs before `npm test`: builds tap with the plugins of .taprc where it is not built so, as after `npm ci`. tap would do
 * so itself, but runs the first test with its old build, which fails (tap 21.8). Building takes 8 s: hence only then.
 */

/** Whether tap, built with the plugins named in `built`, lacks one of `wanted`, or has one that "!" takes out. */
export function needsBuild(wanted: readonly string[], built: readonly string[]): boolean {
  return wanted.some((name) => (name.startsWith('!') ? built.includes(name.slice(1)) : !built.includes(name)))
}

if (import.meta.main) {
  const { plugin } = parse(readFileSync('.taprc', 'utf8')) as { readonly plugin: readonly string[] }
  if (needsBuild(plugin, t.pluginSignature.split('\n')))
    process.exitCode = spawnSync('tap', ['build'], { stdio: 'inherit' }).status ?? 1
}
