import { hashUniform, idOf } from '@kilostep/core'
import { type AttemptContext, AttemptError, DefinedPlan, type Run, type Worker } from 'kilostep'
import { cutOff } from '../faults/with-faults.ts'
import { wrongAnswer } from '../faults/wrong-answer.ts'
import { type Call, faultOf } from './call.ts'
import type { SimulatedHost } from './host.ts'
import type { World } from './world.ts'

const stormMs = 500

/** Who is told of calls. */
export interface CallWatcher {
  called(call: Call): void
  charged(usd: number, tokens: number): void
}

/** A run as far as an outcome can reach it a second time. */
export interface Hearer {
  readonly run: Run | undefined
}

/** The worker as one host calls it: its work is done, but what comes of it takes its time, or does not come. */
export function standIn(
  worker: Worker,
  world: World,
  host: SimulatedHost,
  watcher: CallWatcher,
  hearer: Hearer,
): Worker {
  return {
    ...worker,
    run(input: unknown, context: AttemptContext) {
      if (!world.point(host)) return new Promise(() => undefined)
      const { subtask, attempt, idempotencyKey } = context
      const call: Call = {
        host,
        worker,
        subtask,
        attempt,
        idempotencyKey,
        input,
        context,
        startedAt: host.now(),
        running: true,
        end: undefined,
      }
      world.log(`${host.name} calls ${worker.name} for ${subtask} ${attempt}`)
      watcher.called(call)
      return new Promise((resolve, reject) => {
        new UnderWay(world, call, watcher, hearer, { resolve, reject }).begin()
      })
    },
  }
}

type End = { readonly answer: unknown } | { readonly error: unknown }

/** A call that is being performed. */
class UnderWay {
  readonly #world: World
  readonly #call: Call
  readonly #watcher: CallWatcher
  readonly #hearer: Hearer
  readonly #settle: { resolve(answer: unknown): void; reject(error: unknown): void }
  #forget: (() => void) | undefined
  #over = false

  constructor(
    world: World,
    call: Call,
    watcher: CallWatcher,
    hearer: Hearer,
    settle: { resolve(answer: unknown): void; reject(error: unknown): void },
  ) {
    this.#world = world
    this.#call = call
    this.#watcher = watcher
    this.#hearer = hearer
    this.#settle = settle
  }

  begin(): void {
    const { faults } = this.#world
    const { context, worker } = this.#call
    const storm = Math.floor(this.#world.clock.now() / stormMs)
    const deaf = this.#world.chance(faults.deaf)
    context.signal.addEventListener('abort', () => this.#told(deaf), { once: true })
    if (
      hashUniform('storm', worker.name, storm) <
      faults.rateLimited * hashUniform('storms', worker.name, 0)
    ) {
      const retryAfterMs = this.#world.shortMs(2 * stormMs)
      this.#endIn(1, { error: new AttemptError('Too many requests.', { code: '429', retryAfterMs }) })
    } else if (this.#world.chance(faults.unreachable)) {
      this.#endIn(this.#world.shortMs(100), {
        error: new AttemptError('Not reached.', { code: 'unreachable' }),
      })
    } else this.#perform()
  }

  #perform(): void {
    const { worker, input } = this.#call
    let answer: unknown
    try {
      answer = worker.run(input, this.#context())
    } catch (error) {
      this.#deliver({ error })
      return
    }
    if (typeof (answer as PromiseLike<unknown> | null)?.then !== 'function') {
      this.#deliver({ answer })
      return
    }
    this.#world.outside++
    Promise.resolve(answer as PromiseLike<unknown>).then(
      (value) => this.#back({ answer: value }),
      (error) => this.#back({ error }),
    )
  }

  #back(end: End): void {
    this.#world.outside--
    this.#deliver(end)
  }

  /** What the worker gave goes on its way. */
  #deliver(given: End): void {
    const { faults } = this.#world
    let end = given
    if ('answer' in end && !(end.answer instanceof DefinedPlan)) {
      if (this.#world.chance(faults.wrong))
        end = { answer: wrongAnswer(end.answer, this.#world.random.uniform()) }
      else if (this.#world.chance(faults.garbled))
        end = { answer: cutOff(end.answer, this.#world.random.uniform()) }
    }
    if (this.#world.chance(faults.answerLost)) {
      end = { error: new AttemptError('The connection broke.', { code: 'answer-lost' }) }
    }
    if (this.#world.chance(faults.hung)) return
    this.#endIn(this.#world.shortMs(this.#world.chance(faults.slow) ? 10_000 : 50), end)
  }

  #endIn(ms: number, end: End): void {
    this.#forget?.()
    this.#forget = this.#call.host.after(ms, () => this.#end(end))
  }

  #end(end: End): void {
    if (this.#over) return
    this.#over = true
    const { host, worker, subtask, attempt, input, context } = this.#call
    if (!this.#world.point(host)) return
    this.#call.running = false
    if ('error' in end) {
      this.#world.log(`${worker.name} fails ${subtask} ${attempt}`)
      this.#settle.reject(end.error)
    } else {
      this.#call.end = { answer: end.answer, fault: faultOf(worker, end.answer, input, context) }
      this.#world.log(`${worker.name} answers ${subtask} ${attempt}`)
      this.#settle.resolve(end.answer)
    }
    if (this.#world.chance(this.#world.faults.repeated)) this.#repeat(end)
  }

  /** Told to stop: most do so soon, the deaf go on and end much later. */
  #told(deaf: boolean): void {
    if (this.#over) return
    const error = this.#call.context.signal.reason
    if (!deaf) this.#endIn(this.#world.shortMs(20), { error })
    else if (this.#forget === undefined) this.#endIn(this.#world.shortMs(20_000), { error })
  }

  /** The same outcome reaches the run once more. */
  #repeat(end: End): void {
    const { host, subtask, attempt } = this.#call
    const { run } = this.#hearer
    const flight =
      run &&
      [...run.flights].find((one) => one.attempt === attempt && idOf(run.state.graph, one.node) === subtask)
    if (flight === undefined) return
    host.after(this.#world.shortMs(200), () => {
      this.#world.log(`${subtask} ${attempt} is told again`)
      const failure = { kind: 'transport', code: 'again', message: 'Told again.' } as const
      run?.ended(
        flight,
        'answer' in end ? { type: 'answer', answer: end.answer } : { type: 'failure', failure },
      )
    })
  }

  /** What the worker sees; what it spends is spent, whether or not anybody hears of it. */
  #context(): AttemptContext {
    const watcher = this.#watcher
    return new Proxy(this.#call.context, {
      get(context, key) {
        if (key !== 'spend') return Reflect.get(context, key)
        return (cost: { usd?: number; tokens?: number }) => {
          watcher.charged(cost.usd ?? 0, cost.tokens ?? 0)
          context.spend(cost)
        }
      },
    })
  }
}
