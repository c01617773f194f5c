import { Events } from '../../src/core/events.ts'
import { Lifecycle } from '../../src/http/lifecycle.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { table } from './table.ts'

/** What the types of the library leave out. */
interface Described {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly labelNames: readonly string[]
}

/** The table of all metrics, as the service registers them. */
export function metricsTable(): string {
  const metrics = new Metrics({ events: new Events(), log: { dropped: () => 0 }, lifecycle: new Lifecycle() })
  metrics.close()
  const all = metrics.registry.getMetricsAsArray() as unknown as readonly Described[]
  return table(
    ['metric', 'kind', 'labels', 'what'],
    all.map(({ name, type, help, labelNames }) => [
      `\`${name}\``,
      type,
      labelNames.map((label) => `\`${label}\``).join(', '),
      help,
    ]),
  )
}
