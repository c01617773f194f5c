import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import type { Logger } from './logger.ts'

type Result = Parameters<Parameters<SpanExporter['export']>[1]>[0]

/** Logs when spans begin to be lost, and when they are sent again. The library says neither. */
export class WatchedExporter implements SpanExporter {
  logger: Logger | null = null
  readonly #exporter: SpanExporter
  #isLosing = false

  constructor(exporter: SpanExporter) {
    this.#exporter = exporter
  }

  export(spans: ReadableSpan[], done: (result: Result) => void): void {
    this.#exporter.export(spans, (result) => {
      if (result.code === 0) this.#sent()
      else this.#lost(reasonOf(result.error))
      done(result)
    })
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown()
  }

  /** The process ends, and the last spans are not sent. */
  cutOff(): void {
    this.#lost('the collector did not take the last spans in time')
  }

  #lost(reason: string): void {
    if (!this.#isLosing) this.logger?.warn({ reason }, 'traces lost')
    this.#isLosing = true
  }

  #sent(): void {
    if (this.#isLosing) this.logger?.info('traces sent again')
    this.#isLosing = false
  }
}

/** The system's code, the collector's HTTP status, or the message. */
function reasonOf(error: (Error & { readonly code?: string | number }) | undefined): string {
  return String(error?.code ?? error?.message ?? 'unknown')
}
