import { context, type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import type { Run, RunEvent } from 'kilostep'
import { closeAttempt, openAttempt } from './attempt-spans.ts'

export interface TraceRunOptions {
  /** Default: the tracer `kilostep` of the provider that is set up; where none is, nothing is traced. */
  readonly tracer?: Tracer
}

/**
 * Spans of a run, its subtasks and their attempts for OpenTelemetry; calls of models stand under their attempt. Inputs,
 * prompts and answers are in none of them. Call it right after the run was started.
 *
 * @example const run = engine.start(plan); traceRun(run)
 */
export function traceRun(run: Run, options: TraceRunOptions = {}): void {
  const spans = new RunSpans(run, options.tracer ?? trace.getTracer('kilostep'))
  run.on('event', (event) => spans.on(event))
}

class RunSpans {
  readonly #run: string
  readonly #tracer: Tracer
  readonly #subtasks = new Map<string, Span>()
  readonly #root: Span

  constructor({ id, state }: Run, tracer: Tracer) {
    this.#run = id
    this.#tracer = tracer
    const { name } = state.plan
    const attributes = { 'kilostep.plan': name, 'kilostep.run': id }
    this.#root = this.#start(`run ${name}`, state.startedAt, undefined, attributes)
  }

  on(event: RunEvent): void {
    const { at } = event
    switch (event.type) {
      case 'attempt-started': {
        const { subtask, worker, attempt, sample } = event
        const span = this.#start(`invoke_agent ${worker}`, at, this.#subtask(subtask, worker, at), {
          'gen_ai.operation.name': 'invoke_agent',
          'gen_ai.agent.name': worker,
          'kilostep.subtask': subtask,
          'kilostep.attempt': attempt,
          'kilostep.sample': sample,
        })
        openAttempt({ run: this.#run, subtask, attempt }, span)
        return
      }
      case 'attempt-succeeded':
      case 'attempt-failed':
      case 'attempt-cancelled': {
        const { subtask, attempt, spent } = event
        const span = closeAttempt({ run: this.#run, subtask, attempt })
        if (span === undefined) return
        if (spent !== undefined)
          span.setAttributes({ 'kilostep.usd': spent.usd, 'kilostep.tokens': spent.tokens })
        if (event.type === 'attempt-failed') fail(span, event.failure)
        span.end(at)
        return
      }
      case 'subtask-succeeded':
      case 'subtask-failed':
      case 'subtask-cancelled':
      case 'subtask-skipped': {
        const span = this.#subtasks.get(event.subtask)
        if (span === undefined) return
        this.#subtasks.delete(event.subtask)
        if (event.type === 'subtask-failed') fail(span, event.failure)
        span.setAttribute('kilostep.status', event.type.slice('subtask-'.length))
        span.end(at)
        return
      }
      case 'run-finished':
        for (const span of this.#subtasks.values()) span.end(at)
        this.#subtasks.clear()
        this.#root.setAttribute('kilostep.status', event.status)
        if (event.status === 'failed')
          this.#root.setStatus({ code: SpanStatusCode.ERROR, message: event.message })
        this.#root.end(at)
    }
  }

  #subtask(subtask: string, worker: string, at: number): Span {
    let span = this.#subtasks.get(subtask)
    if (span === undefined) {
      span = this.#start(`subtask ${subtask}`, at, this.#root, {
        'kilostep.subtask': subtask,
        'kilostep.worker': worker,
      })
      this.#subtasks.set(subtask, span)
    }
    return span
  }

  #start(
    name: string,
    at: number,
    parent: Span | undefined,
    attributes: Record<string, string | number>,
  ): Span {
    const within = parent === undefined ? context.active() : trace.setSpan(context.active(), parent)
    return this.#tracer.startSpan(name, { startTime: at, attributes }, within)
  }
}

function fail(span: Span, { kind, code, message }: { kind: string; code: string; message: string }): void {
  span.setAttributes({ 'error.type': code, 'kilostep.failure': kind })
  span.setStatus({ code: SpanStatusCode.ERROR, message })
}
