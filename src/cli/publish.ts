import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { publicSchema } from '../config/configuration.ts'

/** Writes config.schema.json: `npm run schema`. Formats it with Biome, which also checks that file. */
async function publish(): Promise<void> {
  const file = fileURLToPath(new URL('../../config.schema.json', import.meta.url))
  await writeFile(file, `${JSON.stringify(publicSchema(), null, 2)}\n`)
  execFileSync('biome', ['format', '--write', file], { stdio: 'ignore' })
}

if (import.meta.main) await publish()
