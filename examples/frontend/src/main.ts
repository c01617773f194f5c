import { fill, giveUp, reset, titleOf } from './cards.ts'
import { showCities } from './cities.ts'
import { SOURCES } from './contents.ts'
import { find } from './element.ts'
import { type Done, watch } from './stream.ts'
import './style.css'

const form = find<HTMLFormElement>('#ask')
const city = find<HTMLInputElement>('#city')
const progress = find<HTMLProgressElement>('#progress')
let stop = (): void => {}

/** Asks for everything again. */
function load(): void {
  stop()
  reset()
  const startedAt = performance.now()
  const asked = city.value.trim() || 'London'
  find('#place').textContent = asked
  let settled = 0
  count(0)
  stop = watch(
    { sources: [...SOURCES], city: asked },
    {
      settled: (record) => {
        fill(record, performance.now() - startedAt)
        settled += 1
        count(settled)
      },
      done: (end) => say(summaryOf(end)),
      lost: () => {
        giveUp()
        say('The connection to the service was lost. Update to try again.')
      },
    },
  )
}

function count(settled: number): void {
  progress.max = SOURCES.length
  progress.value = settled
  say(`${settled} of ${SOURCES.length} sources have answered …`)
}

/** A screen reader reads it out. */
function say(text: string): void {
  find('#status').textContent = text
}

function summaryOf({ failedSources, meta }: Done): string {
  const time = `in ${Math.round(meta.durationMs)} ms`
  if (failedSources.length === 0) return `All ${SOURCES.length} sources have answered, ${time}.`
  const names = new Intl.ListFormat('en').format(failedSources.map(({ id }) => titleOf(id)))
  return `Everything is here ${time}, except for ${names}.`
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  history.replaceState(null, '', `?${new URLSearchParams({ city: city.value })}`)
  load()
})
city.value = new URLSearchParams(location.search).get('city') ?? 'London'
load()
await showCities()
