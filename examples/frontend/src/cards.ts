import type { FailedSource } from './client.ts'
import { contentOf, SOURCES } from './contents.ts'
import { element, find } from './element.ts'
import { reasonOf } from './failures.ts'
import type { Settled } from './stream.ts'

/** The cards, one for each source. */

type State = 'waiting' | 'ready' | 'failed'

/** Puts every card back to waiting. */
export function reset(): void {
  for (const id of SOURCES) show(id, 'waiting', '', skeleton())
}

/** Fills in the card of a source that has settled. */
export function fill(record: Settled, afterMs: number): void {
  const when = `${Math.round(afterMs)} ms`
  if (!record.ok) return show(record.id, 'failed', when, failure(record.failure))
  const content = contentOf(record)
  // data with a failure is a substitute: an earlier answer, or the fallback
  if (content !== null) show(record.id, 'ready', record.failure === undefined ? when : 'not current', content)
}

/** Marks the cards that still wait: nothing more will come. */
export function giveUp(): void {
  for (const id of SOURCES) {
    if (cardOf(id)?.dataset.state !== 'waiting') continue
    show(id, 'failed', '', element('p', { className: 'reason' }, 'The connection was lost before it answered.'))
  }
}

/** The title of a source's card. */
export function titleOf(id: string): string {
  return cardOf(id)?.querySelector('h2')?.textContent ?? id
}

function cardOf(id: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-source="${id}"]`)
}

function show(id: string, state: State, when: string, content: Node): void {
  const card = cardOf(id)
  if (card === null) return
  card.dataset.state = state
  card.ariaBusy = String(state === 'waiting')
  find('.when', card).textContent = when
  find('.body', card).replaceChildren(content)
}

function failure(failed: FailedSource): Node {
  return element(
    'div',
    { className: 'failure' },
    element('p', { className: 'reason' }, element('strong', {}, 'Not available. '), reasonOf(failed)),
    element(
      'p',
      { className: 'note' },
      failed.retryable ? 'It may work in a moment. ' : '',
      element('code', {}, failed.code),
    ),
  )
}

function skeleton(): Node {
  const lines = Array.from({ length: 3 }, () => element('span', { className: 'line' }))
  return element('div', { className: 'skeleton' }, ...lines)
}
