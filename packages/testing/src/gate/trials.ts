import {
  countTrial,
  type GateReport,
  type GateSettings,
  type GateTally,
  gateReport,
  gateVerdict,
  startTally,
  type TrialResult,
} from '@kilostep/core'
import type { Clock } from 'kilostep'
import { digestOfInputs, inputOrder } from './inputs.ts'
import type { GateProgress } from './options.ts'
import { createPlanIdentity } from './plan-identity.ts'
import { createPurse, type Purse } from './purse.ts'
import { isTrialMistake, readOutcome } from './read-outcome.ts'
import { createRepeats } from './repeats.ts'
import type { TrialCheck, TrialContext, TrialFunction } from './trial.ts'

/** How long what was told to stop may take to do so, before the gate ends without it. */
const graceMs = 1_000
/** So many cached answers in a row, and nothing else will come. */
const mostRepeats = 20
/** Trials that may start before the event loop has had a turn. */
const mostAtOnce = 32

/** All that the trials of a gate are made with. */
export interface TrialsSetup {
  readonly design: GateSettings
  readonly run: TrialFunction<unknown>
  readonly check: TrialCheck<unknown> | undefined
  readonly inputs: readonly unknown[] | undefined
  readonly name: string
  readonly seed: string | number
  readonly concurrency: number
  readonly thrifty: boolean
  readonly minTrials: number
  readonly budget: Parameters<typeof createPurse>[0]
  readonly trialTimeoutMs: number
  readonly faults: string | null
  readonly onProgress: ((progress: GateProgress) => void) | undefined
  readonly clock: Clock
}

/** The trials of one gate, from the first until it is known what they come to. */
export class Trials {
  readonly #setup: TrialsSetup
  readonly #tally: GateTally
  readonly #purse: Purse
  readonly #repeats = createRepeats()
  readonly #plans = createPlanIdentity()
  readonly #inputOf: ((index: number) => number) | undefined
  readonly #results: (TrialResult | undefined)[] = []
  readonly #inFlight = new Map<number, AbortController>()
  readonly #counts = { passed: 0, failed: 0, repeated: 0 }
  readonly #startedAt: number
  readonly #done = Promise.withResolvers<void>()
  #started = 0
  /** How many of the first trials have ended without a gap. */
  #whole = 0
  #repeatsInRow = 0
  #sinceTurn = 0
  #stopped: GateReport['stopped'] | undefined
  #mistake: { readonly error: unknown } | undefined
  #disarmGrace: (() => void) | undefined

  constructor(setup: TrialsSetup) {
    this.#setup = setup
    this.#tally = startTally(setup.design)
    this.#purse = createPurse(setup.budget)
    this.#inputOf = setup.inputs && inputOrder(setup.inputs.length, setup.seed)
    this.#startedAt = setup.clock.now()
  }

  /** Starts the first trials; the rest follows. Throws the caller's mistake where a trial showed one. */
  async report(): Promise<GateReport> {
    this.#step()
    await this.#done.promise
    if (this.#mistake !== undefined) throw this.#mistake.error
    const { name, seed, inputs, faults, minTrials, clock } = this.#setup
    return gateReport(this.#tally, this.#results, {
      name,
      plan: this.#plans.plan(),
      seed,
      inputs: inputs === undefined ? null : digestOfInputs(inputs),
      faults,
      minTrials,
      durationMs: clock.now() - this.#startedAt,
      stopped: this.#stopped ?? 'verdict',
      started: this.#started,
    })
  }

  /** Starts no further trial, tells those that run to stop, and waits for them, but not for ever. */
  stop(why: GateReport['stopped']): void {
    if (this.#stopped !== undefined) return
    this.#stopped = why
    this.#disarmGrace = this.#setup.clock.after(graceMs, () => this.#done.resolve())
    for (const controller of this.#inFlight.values())
      controller.abort(
        new Error(why === 'verdict' ? 'The verdict is known without it.' : 'The gate was stopped.'),
      )
    this.#endIfOver()
  }

  #endIfOver(): void {
    if (this.#inFlight.size > 0) return
    this.#disarmGrace?.()
    this.#done.resolve()
  }

  get #decided(): boolean {
    return this.#tally.verdict !== 'undecided'
  }

  #step(): void {
    const { minTrials, design } = this.#setup
    if (this.#stopped !== undefined) {
      this.#endIfOver()
      return
    }
    if (this.#decided && this.#whole >= minTrials) {
      this.stop('verdict')
      return
    }
    while (this.#wanted() && this.#purse.affords(this.#inFlight.size)) this.#start(this.#started++)
    if (this.#inFlight.size > 0) return
    this.stop(this.#started >= design.maxTrials ? 'max-trials' : 'budget')
  }

  /** Whether another trial is of use now. */
  #wanted(): boolean {
    const { design, concurrency, thrifty, minTrials } = this.#setup
    if (this.#started >= design.maxTrials || this.#inFlight.size >= concurrency) return false
    if (this.#started < minTrials) return true
    if (this.#decided) return false
    return !thrifty || this.#started - this.#tally.next < leastToVerdict(this.#tally)
  }

  #start(index: number): void {
    const { clock, trialTimeoutMs, inputs } = this.#setup
    const controller = new AbortController()
    this.#inFlight.set(index, controller)
    const input = this.#inputOf?.(index)
    const startedAt = clock.now()
    const end = (result: TrialResult): void => {
      disarm()
      const tookMs = clock.now() - startedAt
      this.#ended(index, { ...result, tookMs, ...(input === undefined ? undefined : { input }) })
    }
    const disarm = clock.after(trialTimeoutMs, () => {
      controller.abort(new Error(`The trial took longer than ${trialTimeoutMs} ms.`))
      end({ passed: false, message: `It did not end within ${trialTimeoutMs} ms.` })
    })
    this.#try(index, input === undefined ? undefined : inputs?.[input], controller.signal).then(
      end,
      (error: unknown) => {
        disarm()
        this.#inFlight.delete(index)
        this.#mistake ??= { error }
        this.stop('interrupted')
        this.#endIfOver()
      },
    )
  }

  /** One trial. Rejects only for a mistake of the caller's that no further trial can mend. */
  async #try(index: number, input: unknown, signal: AbortSignal): Promise<TrialResult> {
    const { clock, seed, run, check } = this.#setup
    await this.#breathe(clock)
    let cached: string | undefined
    const context: TrialContext<unknown> = {
      index,
      seed: `${seed}/${index}`,
      input,
      signal,
      repeated: (why = 'the trial says so.') => {
        cached ??= why
      },
    }
    const seen = (thing: object | string | undefined, what: string): void => {
      const before = this.#repeats.seen(thing, index)
      if (before !== undefined) cached ??= `trials ${before + 1} and ${index + 1} gave ${what}.`
    }
    let result: TrialResult
    try {
      const returned = run(context)
      if (returned instanceof Promise) seen(returned, 'the very same promise')
      const { id, object, plan, result: read } = await readOutcome(await returned, check, context)
      seen(id, `the same ${id}`)
      seen(object, 'the very same object')
      if (plan !== undefined) this.#plans.add(plan)
      result = read
    } catch (error) {
      if (isTrialMistake(error)) throw error
      result = { passed: false, message: messageOf(error) }
    }
    this.#purse.requireCost(result, index)
    return cached === undefined ? result : { ...result, repeated: cached }
  }

  /** A function that never waits must not keep signals and timers from being heard. */
  async #breathe(clock: Clock): Promise<void> {
    this.#sinceTurn++
    if (this.#sinceTurn % mostAtOnce === 0) await clock.turn()
    else if (this.#sinceTurn === 1) {
      void clock.turn().then(() => {
        this.#sinceTurn = 0
      })
    }
  }

  #ended(index: number, result: TrialResult): void {
    if (!this.#inFlight.delete(index)) return
    // What was told to stop has not been tried.
    if (this.#stopped !== undefined) {
      this.#endIfOver()
      return
    }
    this.#results[index] = result
    while (this.#results[this.#whole] !== undefined) this.#whole++
    this.#purse.pay(result)
    const mark = result.repeated !== undefined ? 'repeated' : result.passed ? 'passed' : 'failed'
    this.#counts[mark]++
    this.#repeatsInRow = mark === 'repeated' ? this.#repeatsInRow + 1 : 0
    countTrial(this.#tally, index, mark)
    this.#tell()
    if (this.#repeatsInRow >= mostRepeats && !this.#decided) this.stop('repeats')
    else this.#step()
  }

  #tell(): void {
    const { onProgress, design, clock } = this.#setup
    const { verdict } = this.#tally
    try {
      onProgress?.({
        started: this.#started,
        inFlight: this.#inFlight.size,
        ...this.#counts,
        maxTrials: design.maxTrials,
        verdict: verdict === 'undecided' ? undefined : verdict,
        elapsedMs: clock.now() - this.#startedAt,
      })
    } catch (error) {
      // A listener that throws is a mistake of the caller's, and not one of what is tried.
      this.#mistake ??= { error }
      this.stop('interrupted')
    }
  }
}

/** How many further trials a verdict takes at the least, from those that are counted. */
function leastToVerdict({ design, passed, failed }: GateTally): number {
  for (let more = 1; ; more++) {
    if (gateVerdict(design, passed + more, failed) === 'pass') return more
    if (gateVerdict(design, passed, failed + more) === 'fail') return more
  }
}

function messageOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return String(error)
    return error.name === 'Error' ? error.message : `${error.name}: ${error.message}`
  } catch {
    return 'It threw something that cannot be shown.'
  }
}
