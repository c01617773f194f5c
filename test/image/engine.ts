import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Owner } from '../support/owner.ts'

/** The image, built and run without a Docker engine: by buildah, as the tool beside the repository sets it up. */

export const ROOT = join(import.meta.dirname, '../..')
const TOOL = join(ROOT, '../shared/tools/image-build')
const IMAGE = 'localhost/app'
// without the format, buildah leaves HEALTHCHECK out
export const engineEnv = {
  ...process.env,
  STORAGE_DRIVER: 'vfs',
  BUILDAH_ISOLATION: 'chroot',
  BUILDAH_FORMAT: 'docker',
}

/** Why the image cannot be built here, or false. */
export function whyNot(): string | false {
  if (!process.env.IMAGE) return 'it takes a minute or more; with IMAGE=1 the image is built and run'
  if (!existsSync(TOOL)) return 'the tool image-build is not beside the repository'
  return process.getuid?.() === 0 ? false : 'only root can build the image'
}

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs a program to its end, whatever its exit code. */
export async function run(...[program = '', ...args]: readonly string[]): Promise<Ended> {
  const child = spawn(program, args, { env: engineEnv, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, out, err }
}

/** What a program prints, trimmed; throws where it fails, with what it said. */
export async function output(...command: readonly string[]): Promise<string> {
  const { code, out, err } = await run(...command)
  if (code !== 0) throw new Error(`${command.join(' ')}: exit code ${code}\n${out}${err}`)
  return out.trim()
}

/** Builds the image from the working tree, in place of the last one, which takes some hundred megabytes. */
export async function buildImage(): Promise<void> {
  const { out: last } = await run('buildah', 'images', '-q', '--no-trunc', IMAGE)
  await output(TOOL, ROOT)
  if (last.trim() !== '') await run('buildah', 'rmi', last.trim())
}

/** What the image says of how it is run. */
export interface ImageConfig {
  readonly User: string
  readonly WorkingDir: string
  readonly Cmd: readonly string[]
  readonly Env: readonly string[]
  readonly ExposedPorts: Readonly<Record<string, unknown>>
  readonly Healthcheck: { readonly Test: readonly string[] }
}

export async function imageConfig(): Promise<ImageConfig> {
  return JSON.parse(await output('buildah', 'inspect', '--type', 'image', IMAGE)).Docker.config
}

/** A container that is there until the test is over; nothing runs in it yet. */
export async function container(t: Owner, image = IMAGE): Promise<string> {
  const name = await output('buildah', 'from', '--pull-never', image)
  t.teardown(() => run('buildah', 'rm', name))
  return name
}

/** What .dockerignore lets through, as paths: the context, copied into an image that is otherwise empty. */
export async function contextFiles(t: Owner, dockerfile: string): Promise<{ files: string[]; bytes: number }> {
  const image = 'localhost/app-context'
  await output('buildah', 'build', '--pull-never', '-q', '-f', dockerfile, '-t', image, ROOT)
  t.teardown(() => run('buildah', 'rmi', image))
  const folder = await output('buildah', 'mount', await container(t, image))
  // src/main.ts is a symbolic link
  const files = globSync('**', { cwd: folder, withFileTypes: true }).filter(
    (entry) => entry.isFile() || entry.isSymbolicLink(),
  )
  const paths = files.map((entry) => join(entry.parentPath, entry.name))
  return {
    files: paths.map((path) => path.slice(folder.length + 1)).sort(),
    bytes: paths.reduce((sum, path) => sum + readFileSync(path).length, 0),
  }
}
