import { emptyTrail, type JournalEvent, mark, marksOf, type RunReport, type RunState } from '@kilostep/core'
import type { RunLog } from './journal.ts'
import { lessonsOf } from './learn.ts'
import type { ToldRun } from './resume.ts'

/** What a run has written down, and what of it is durable by now. */
export class Written {
  readonly log: RunLog
  readonly #state: RunState
  readonly #trail: ToldRun['trail']
  readonly #told: { durable(): void; failed(error: unknown): void }
  #durable: Promise<void> | undefined

  /** @param told who is to hear that more is durable, or that nothing can be written any more. */
  constructor(
    log: RunLog,
    { state, trail }: ToldRun,
    told: { durable(): void; failed(error: unknown): void },
  ) {
    this.log = log
    this.#state = state
    this.#trail = trail ?? (log.keep === undefined ? undefined : emptyTrail())
    this.#told = told
  }

  /** When all that was appended so far is durable; undefined where it is already. */
  get durable(): Promise<void> | undefined {
    return this.#durable
  }

  append(events: readonly JournalEvent[]): void {
    this.#await(this.log.append(events))
  }

  /** The event is part of the state now. */
  folded(event: JournalEvent): void {
    if (this.#trail !== undefined) mark(this.#trail, this.#state, event)
  }

  /** Keeps the report of a run that has ended, with how it stood after each event. */
  keep(report: RunReport): void {
    if (this.log.keep === undefined || this.#trail === undefined) return
    const { length } = this.#trail
    const text = JSON.stringify(report)
    const learned = lessonsOf(this.#state)
    this.#await(this.log.keep({ events: length, text, trail: marksOf(this.#trail), learned }))
  }

  /** Waits until all is durable, also what is added meanwhile. */
  async settled(): Promise<void> {
    while (this.#durable !== undefined) await this.#durable
  }

  #await(appended: Promise<void> | undefined): void {
    // Many appends share one commit, and so one promise.
    if (appended === undefined || this.#durable === appended) return
    this.#durable = appended
    appended.then(
      () => {
        if (this.#durable === appended) this.#durable = undefined
        this.#told.durable()
      },
      (error) => this.#told.failed(error),
    )
  }
}
