import {
  auditsDue,
  idOf,
  inputOf,
  type JournalEvent,
  policyOf,
  type RunState,
  type Spend,
} from '@kilostep/core'
import { artefactOf } from './artefact.ts'
import { failureOf } from './failure.ts'
import type { RunHost } from './run-host.ts'
import { readVerdict } from './verdict.ts'
import { ask } from './verify-answer.ts'
import type { AttemptContext, Verdict, Worker } from './worker.ts'

/** Audits in flight at once, unless the worker that makes them says less. */
const mostAtOnce = 16

type Ended = Omit<Extract<JournalEvent, { type: 'audit-ended' }>, 'at' | 'node' | 'type'>

/**
 * The audits of a run that has ended: its answers are accepted, and stay so. They are made before the run's result is
 * told, because the report has what they found; each has the time limit of the worker that makes it.
 */
export class Auditing {
  readonly #state: RunState
  readonly #host: RunHost
  readonly #maxAnswerBytes: number
  readonly #commit: (event: JournalEvent) => void
  readonly #stopped = new AbortController()
  readonly #nodes: readonly number[]
  /** What audits in flight may cost. */
  readonly #reserved = { usd: 0, tokens: 0 }

  constructor(state: RunState, host: RunHost, maxAnswerBytes: number, commit: (event: JournalEvent) => void) {
    this.#state = state
    this.#host = host
    this.#maxAnswerBytes = maxAnswerBytes
    this.#commit = commit
    // Who has cancelled a run waits for it to end.
    this.#nodes = state.outcome?.status === 'cancelled' ? [] : auditsDue(state)
  }

  get due(): boolean {
    return this.#nodes.length > 0
  }

  /** Those that have not ended are given up. */
  stop(): void {
    this.#stopped.abort(new DOMException('The run was cancelled.', 'AbortError'))
  }

  async run(): Promise<void> {
    const queue = this.#nodes.values()
    const least = Math.min(...this.#nodes.map((node) => this.#auditor(node).concurrency ?? mostAtOnce))
    const work = async (): Promise<void> => {
      for (const node of queue) {
        if (this.#stopped.signal.aborted || !this.#affords(node)) return
        const { usd = 0, tokens = 0 } = this.#auditor(node).cost ?? {}
        this.#reserved.usd += usd
        this.#reserved.tokens += tokens
        await this.#audit(node)
        this.#reserved.usd -= usd
        this.#reserved.tokens -= tokens
      }
    }
    await Promise.all(Array.from({ length: Math.min(mostAtOnce, least, this.#nodes.length) }, work))
  }

  #auditor(node: number): Worker {
    return this.#host.worker(policyOf(this.#state, node).audit?.by as string)
  }

  #affords(node: number): boolean {
    const { budget } = this.#state.options
    const { cost } = this.#auditor(node)
    return (['usd', 'tokens'] as const).every((unit) => {
      const most = budget?.[unit]
      return (
        most === undefined ||
        this.#state.spent[unit] + this.#reserved[unit] + (cost?.[unit] ?? 0) <= most * (1 + 1e-9)
      )
    })
  }

  async #audit(node: number): Promise<void> {
    const worker = this.#auditor(node)
    this.#commit({ type: 'audit-started', at: this.#host.now(), node, by: worker.name })
    const spent = { usd: 0, tokens: 0, told: false }
    const ended = await this.#judge(node, worker, spent)
    const { usd = 0, tokens = 0 } = spent.told ? spent : (worker.cost ?? {})
    const cost = usd + tokens > 0 ? { spent: { usd, tokens } } : undefined
    this.#commit({ type: 'audit-ended', at: this.#host.now(), node, ...ended, ...cost })
  }

  async #judge(node: number, worker: Worker, spent: Spend & { told: boolean }): Promise<Ended> {
    const timeout = new AbortController()
    const signal = AbortSignal.any([timeout.signal, this.#stopped.signal])
    const timeoutMs = worker.policy?.timeoutMs ?? 600_000
    const disarm = this.#host.after(timeoutMs, () =>
      timeout.abort(new DOMException(`Not done within its ${timeoutMs} ms.`, 'TimeoutError')),
    )
    const given = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
    given.catch(() => undefined)
    try {
      signal.throwIfAborted()
      const subtask = idOf(this.#state.graph, node)
      const { input } = inputOf(this.#state, node)
      const question = { subtask, input, answer: this.#state.answers[node] ?? null }
      const said = ask(worker, question, this.#context(node, signal, spent))
      const verdict = readVerdict((await Promise.race([said, given])) as Verdict)
      if (verdict === null)
        return { found: 'failed', reason: 'It said neither true, nor false, nor a reason.' }
      return verdict.accepted ? { found: 'right' } : { found: 'wrong', reason: verdict.reason }
    } catch (error) {
      return { found: 'failed', reason: failureOf(error).message }
    } finally {
      disarm()
    }
  }

  #context(
    node: number,
    signal: AbortSignal,
    spent: { usd: number; tokens: number; told: boolean },
  ): AttemptContext {
    const run = this.#state.run
    const subtask = idOf(this.#state.graph, node)
    return {
      run,
      subtask,
      attempt: 1,
      sample: 1,
      depth: this.#state.depth[node] as number,
      idempotencyKey: `${run}/${subtask}/audit`,
      lane: 'background',
      reason: undefined,
      maxAnswerBytes: this.#maxAnswerBytes,
      graceMs: 0,
      signal,
      heartbeat: () => undefined,
      spend: ({ usd, tokens }) => {
        spent.told = true
        spent.usd += amount(usd)
        spent.tokens += amount(tokens)
      },
      artefact: artefactOf,
    }
  }
}

function amount(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) && value > 0 ? value : 0
}
