import type { Between } from '@kilostep/testing'
import { type AttemptContext, type Dispatcher, localDispatcher, systemClock, type Worker } from 'kilostep'
import { type Bug, every } from './bug.ts'

const changed = (worker: (worker: Worker) => Worker): Between => ({ worker })

const slots = (dispatcher: (dispatcher: Dispatcher) => Dispatcher): Between => ({ dispatcher })

/** A worker without some of what it says of itself. */
function without(...keys: readonly (keyof Worker)[]): Between {
  return changed(
    (worker) =>
      Object.fromEntries(
        Object.entries(worker).filter(([key]) => !keys.includes(key as keyof Worker)),
      ) as never,
  )
}

export const workerBugs: readonly Bug[] = [
  {
    name: 'form-unchecked',
    what: 'an answer that does not fit its schema is accepted',
    between: () => without('output'),
  },
  {
    name: 'red-flag-unheeded',
    what: 'an answer with a red flag is accepted',
    between: () => without('redFlag'),
  },
  {
    name: 'verifier-unheeded',
    what: 'an answer that its verifier rejects is accepted',
    between: () => without('verify'),
  },
  {
    name: 'worker-concurrency-unheeded',
    what: 'a worker is called more often at once than it allows',
    between: () => without('concurrency'),
  },
  {
    name: 'rate-unheeded',
    what: 'a worker is called more often in a stretch of time than it allows',
    between: () => without('rate'),
  },
  {
    name: 'once-repeated',
    what: 'what must be done once is repeated when nobody knows whether it was done',
    between: () =>
      changed((worker) => (worker.effects === 'once' ? { ...worker, effects: 'idempotent' } : worker)),
  },
  {
    name: 'key-of-attempt',
    what: 'a retry has another idempotency key',
    between: () =>
      changed((worker) => ({
        ...worker,
        run: (input: unknown, context: AttemptContext) =>
          worker.run(
            input,
            new Proxy(context, {
              get: (of, key) =>
                key === 'idempotencyKey' ? `${of.run}/${of.subtask}/${of.attempt}` : Reflect.get(of, key),
            }),
          ),
      })),
  },
  {
    name: 'input-of-another',
    what: 'now and then a worker is given the input of the call before',
    between: () => {
      const mixed = every(10)
      let before: unknown = null
      return changed((worker) => ({
        ...worker,
        run: (input: unknown, context: AttemptContext) => {
          const given = mixed() ? before : input
          before = input
          return worker.run(given, context)
        },
      }))
    },
  },
  {
    name: 'no-taken-for-yes',
    what: 'a check that rejects is taken for one that accepts',
    between: () =>
      changed((worker) =>
        worker.name !== 'judge'
          ? worker
          : {
              ...worker,
              run: async (input: unknown, context: AttemptContext) =>
                (await worker.run(input, context)) && true,
            },
      ),
  },
  {
    name: 'slot-too-many',
    what: 'the dispatcher has one slot more than it says',
    between: () => slots((dispatcher) => localDispatcher(dispatcher.concurrency + 1, systemClock())),
  },
  {
    name: 'slot-not-given',
    what: 'the dispatcher forgets every 5th time that it is woken',
    between: () => {
      const forgotten = every(5)
      return slots((dispatcher) => ({
        concurrency: dispatcher.concurrency,
        get busy() {
          return dispatcher.busy
        },
        attach: (pull) => dispatcher.attach(pull),
        wake: (count) => {
          if (!forgotten()) dispatcher.wake(count)
        },
        idle: () => dispatcher.idle(),
      }))
    },
  },
  {
    name: 'clock-read',
    what: 'the time is read from the machine',
    between: () => ({
      clock: (clock) => ({
        now: () => clock.now(),
        after: (ms, call) => clock.after(ms + (Math.floor(performance.now() * 1_000) % 2), call),
        turn: () => clock.turn(),
      }),
    }),
  },
  {
    name: 'timer-lost',
    what: 'every 5th timer never rings',
    between: () => {
      const lost = every(5)
      return {
        clock: (clock) => ({
          now: () => clock.now(),
          after: (ms, call) => (lost() ? () => undefined : clock.after(ms, call)),
          turn: () => clock.turn(),
        }),
      }
    },
  },
]
