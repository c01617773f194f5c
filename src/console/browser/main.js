/** The console: reads what the service offers, and runs what is chosen. */

/**
 * @import { Offer } from '../offered.ts'
 * @import { Run } from './run.js'
 */
import { makeAnswer } from './answer.js'
import { ask } from './ask.js'
import { byId, el } from './dom.js'
import { makeForm } from './form.js'
import { choiceOf, fragmentOf, requestOf, stepsIn } from './request.js'
import { after, begun, stopped } from './run.js'
import { curlLine } from './shell.js'
import { sentenceFor, summaryOf } from './words.js'

/** @type {Offer} */
const offer = JSON.parse(byId('offer').textContent ?? '')
const answer = makeAnswer(byId('answer'), say)
const form = makeForm(byId('form'), offer, { changed: remember, cancel: () => running?.abort() })

/** Aborts the run that is on the page; null where there is none. */
/** @type {AbortController | null} */
let running = null
/** Frames a second that the growing bars take; each draws them anew. */
const FRAME_MS = matchMedia('(prefers-reduced-motion: reduce)').matches ? 250 : 33

recall()
addEventListener('hashchange', recall)
byId('form').addEventListener('submit', (event) => {
  event.preventDefault()
  void run()
})
addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') running?.abort()
})

/** Tells screen readers. */
function say(/** @type {string} */ text) {
  byId('told').append(el('p', {}, text))
}

/** Writes the choice into the address, so that a link brings it back; and the curl line beside it. */
function remember() {
  const { endpoint, choice } = form.read()
  history.replaceState(null, '', fragmentOf(endpoint, choice))
  showCurl()
}

/** Takes the choice from the address. */
function recall() {
  const choice = choiceOf(offer, location.hash)
  if (choice !== null) form.write(choice)
  showCurl()
}

function showCurl() {
  const { endpoint, choice, credentials } = form.read()
  answer.showCurl(curlLine(requestOf(endpoint, choice, credentials, document.baseURI)))
}

async function run() {
  running?.abort()
  const controller = new AbortController()
  running = controller
  const { endpoint, choice, credentials } = form.read()
  remember()
  form.showErrors([])
  if (choice.picked.length === 0) return refuse()
  const steps = stepsIn(endpoint, choice)
  if (steps.length > 0) return refuseSteps(steps)
  byId('told').replaceChildren()
  const sentAt = performance.now()
  const since = () => performance.now() - sentAt
  /** @type {Run} */
  let state = begun(endpoint, choice)
  const show = (/** @type {Run} */ next) => {
    if (running !== controller) return
    tellNews(state, next)
    state = next
    answer.show(state, since())
  }
  form.setRunning(true)
  say('Running.')
  show(state)
  bringIntoView(byId('summary'))
  const timer = setInterval(() => answer.tick(state, since()), FRAME_MS)
  try {
    for await (const arrival of ask(requestOf(endpoint, choice, credentials, document.baseURI), controller.signal))
      show(after(state, arrival, since()))
  } catch (error) {
    show(
      controller.signal.aborted
        ? stopped(state, 'cancelled', '')
        : stopped(state, 'broken', `The request or its answer failed (${error})`),
    )
  } finally {
    clearInterval(timer)
    if (running === controller) {
      running = null
      form.setRunning(false)
      form.showErrors(state.problem?.errors ?? [])
    }
  }
}

/**
 * On a phone the answer is below the form.
 *
 * @param {HTMLElement} element
 */
function bringIntoView(element) {
  const { top } = element.getBoundingClientRect()
  if (top < 0 || top > innerHeight * 0.7) element.scrollIntoView()
}

/** Nothing is picked: the service would refuse it, too. */
function refuse() {
  running = null
  form.setRunning(false)
  const field = byId('field-sources')
  field.querySelector('input')?.focus()
  say('Pick at least one source.')
}

/**
 * The request would ask another path than that of the route.
 *
 * @param {readonly string[]} names
 */
function refuseSteps(names) {
  running = null
  form.setRunning(false)
  form.showErrors(names.map((path) => ({ path, message: STEPS })))
  say(STEPS)
}

const STEPS = 'A browser cannot send "." or ".." as a segment of a path.'

/**
 * Says what has changed from one state of a run to the next.
 *
 * @param {Run} before
 * @param {Run} now
 */
function tellNews(before, now) {
  const known = new Set(before.rows.filter(({ state }) => state !== 'pending').map(({ id }) => id))
  for (const row of now.rows)
    if (row.state !== 'pending' && row.state !== 'unknown' && !known.has(row.id)) say(sentenceFor(row))
  const { title, text } = summaryOf(now)
  if (before.phase !== now.phase) say(`${title}. ${text}`)
}
