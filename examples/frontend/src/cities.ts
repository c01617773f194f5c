import { service } from './client.ts'
import { degrees } from './contents.ts'
import { element, find } from './element.ts'

/** The weather of four cities: one answer, as a whole. */

export async function showCities(): Promise<void> {
  const { data: answer, error: problem } = await service.GET('/aggregate/cities')
  const list = find('#cities')
  // every source failed, or the service refused: a problem document says why
  if (answer === undefined) return list.replaceChildren(row(problem?.title ?? 'Not available', '–'))
  const { london, paris, tokyo, sao_paulo } = answer.data
  // a city whose call failed is null, and in answer.failedSources
  const rows = [london, paris, tokyo, sao_paulo].flatMap((city) =>
    city ? [row(city.name, degrees(city.main.temp), city.weather[0]?.description)] : [],
  )
  list.replaceChildren(...rows)
}

function row(name: string, temperature: string, sky = ''): Node {
  return element(
    'li',
    {},
    element('span', { className: 'city' }, name),
    element('span', { className: 'degrees' }, temperature),
    element('span', { className: 'note' }, sky),
  )
}
