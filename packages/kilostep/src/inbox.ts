import type { RunLog, StoredDecision } from './journal.ts'

/** How often it is looked whether somebody has decided, in ms. */
const lookMs = 500

/** Decisions that others leave in the journal; looked for only while something waits for one. */
export class Inbox {
  readonly #log: RunLog
  readonly #after: (ms: number, call: () => void) => () => void
  readonly #waits: () => boolean
  readonly #take: (decision: StoredDecision) => boolean
  #disarm: (() => void) | undefined
  #looking = false

  /**
   * @param waits whether anything waits for a decision.
   * @param take heeds one, and says whether that was its end: one may come before what it is for.
   */
  constructor(
    log: RunLog,
    after: (ms: number, call: () => void) => () => void,
    waits: () => boolean,
    take: (decision: StoredDecision) => boolean,
  ) {
    this.#log = log
    this.#after = after
    this.#waits = waits
    this.#take = take
  }

  /** Something may wait now, or no more. */
  watch(): void {
    if (this.#log.decisions === undefined || this.#looking) return
    if (this.#waits()) void this.#look()
    else this.close()
  }

  close(): void {
    this.#disarm?.()
    this.#disarm = undefined
  }

  async #look(): Promise<void> {
    if (this.#disarm !== undefined) return
    this.#looking = true
    try {
      const taken: number[] = []
      for (const decision of (await this.#log.decisions?.()) ?? []) {
        if (this.#waits() && this.#take(decision)) taken.push(decision.id)
      }
      // In the same turn as what was made of them: they share one commit.
      if (taken.length > 0) this.#log.forget?.(taken)?.catch(() => undefined)
    } catch {
      // It cannot be read just now. What cannot be written any more is told by the run itself.
    } finally {
      this.#looking = false
    }
    if (!this.#waits()) return
    this.#disarm = this.#after(lookMs, () => {
      this.#disarm = undefined
      this.watch()
    })
  }
}
