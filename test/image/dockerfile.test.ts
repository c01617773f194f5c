import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DockerfileParser, type Instruction } from 'dockerfile-ast'
import { validate } from 'dockerfile-utils'
import t from 'tap'

/** What can be said of the Dockerfile without building it. image.test.ts builds and runs it. */

const ROOT = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
const text = read('Dockerfile')
const file = DockerfileParser.parse(text)
const instructions = file.getInstructions()
const last = instructions.slice(instructions.findLastIndex((one) => one.getKeyword() === 'FROM'))

function named(keyword: string, among: readonly Instruction[] = instructions): readonly Instruction[] {
  return among.filter((one) => one.getKeyword() === keyword)
}

/** The words of an instruction; those of COPY without its flags. */
function wordsOf(instruction: Instruction): readonly string[] {
  return instruction.getArguments().map((argument) => argument.getValue())
}

/** The command of CMD and HEALTHCHECK CMD; throws where it is not in exec form. */
function execForm(instruction: Instruction | undefined): readonly string[] {
  const source = instruction?.getArgumentsContent() ?? ''
  return JSON.parse(source.slice(source.indexOf('[')))
}

t.test('the linter finds nothing, and would', async (t) => {
  t.strictSame(
    validate(text).map(({ message }) => message),
    [],
  )
  t.ok(validate("FROM node\nworkdir app\nCMD ['node']\nCMD node\nFOO").length >= 4)
})

t.test('one base image, with the version of Node that everything is tested with', async (t) => {
  const stages = file.getFROMs().map((from) => from.getBuildStage())
  const images = file.getFROMs().map((from) => from.getImage())
  const { version } = JSON.parse(read('package-lock.json')).packages['node_modules/node']
  t.ok(images.length > 1, 'multi-stage')
  t.strictSame(
    images.filter((image) => !stages.includes(image)),
    [`node:${version}-bookworm-slim`],
  )
})

t.test('only production dependencies, and package files before all else', async (t) => {
  const [library, install, ...others] = named('RUN')
  // that Node starts at all, whatever the base is
  t.match(library?.getTextContent(), /grep -q libatomic\.so\.1/)
  t.strictSame(install && wordsOf(install), ['npm', 'ci', '--omit=dev'])
  t.strictSame(others, [])
  const before = instructions.slice(0, instructions.indexOf(install as (typeof instructions)[number]))
  t.strictSame(named('COPY', before).map(wordsOf), [['package.json', 'package-lock.json', '.npmrc', './']])
  t.equal(named('COPY', last)[0]?.getTextContent(), 'COPY --from=dependencies /app/node_modules node_modules')
  t.strictSame(named('COPY', last).map(wordsOf).at(-1), ['src', 'src'], 'what changes most comes last')
})

t.test('it runs as node, in exec form, and asks for its health without other programs', async (t) => {
  t.strictSame(named('USER').map(wordsOf), [['node']])
  t.ok(last.findIndex((one) => one.getKeyword() === 'USER') > last.findLastIndex((one) => one.getKeyword() === 'COPY'))
  t.strictSame(execForm(named('CMD', last)[0]), ['node', 'src/main.ts'])
  const [program, flag, script] = execForm(named('HEALTHCHECK', last)[0])
  t.strictSame([program, flag], ['node', '-e'])
  t.match(script, /process\.env\.PORT \+ '\/health\/ready'/)
})

t.test('the context holds what is copied, and nothing else', async (t) => {
  const rules = read('.dockerignore')
    .split('\n')
    .filter((rule) => rule !== '' && !rule.startsWith('#'))
  const copied = named('COPY')
    .filter((one) => !one.getTextContent().includes('--from='))
    .flatMap((one) => wordsOf(one).slice(0, -1))
  const allowed = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1))
  t.equal(rules[0], '*', 'an allow-list')
  t.strictSame(allowed.toSorted(), [...new Set(copied)].toSorted())
  for (const path of copied) t.ok(existsSync(join(ROOT, path)), path)
})
