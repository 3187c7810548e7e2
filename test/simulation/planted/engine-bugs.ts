import { flightKey, type RunState } from '@kilostep/core'
import { Run } from 'kilostep'
import { type Bug, every } from './bug.ts'

type Engine = { -readonly [K in keyof Run]: Run[K] }
type Method = (this: Engine, ...args: never[]) => unknown

/** Puts another method in the place of one of every run; it is given what was there. */
function patched(name: keyof Run, make: (before: Method) => Method): () => () => void {
  return () => {
    const before = Run.prototype[name]
    Object.assign(Run.prototype, { [name]: make(before as unknown as Method) })
    return () => void Object.assign(Run.prototype, { [name]: before })
  }
}

/** What a host that goes on with a run sees of it is not quite what was written. */
const goingOn = (forget: (state: RunState) => void) =>
  patched(
    'goOn',
    (before) =>
      function () {
        forget(this.state)
        before.call(this)
      },
  )

/** While the next attempt is chosen, the run's options are other ones. */
const pulling = (change: (state: RunState) => RunState['options']) =>
  patched(
    'pull',
    (before) =>
      function (...args) {
        const { options } = this.state
        this.state.options = change(this.state)
        try {
          return before.apply(this, args)
        } finally {
          this.state.options = options
        }
      },
  )

/** The policies of live runs are other ones than those that were written down. */
const policies = (change: (policy: RunState['policies'][number]) => RunState['policies'][number]) => {
  const seen = new WeakSet<RunState['policies'][number]>()
  return patched(
    'pull',
    (before) =>
      function (...args) {
        const all = this.state.policies as RunState['policies'][number][]
        for (const [place, policy] of all.entries()) {
          if (seen.has(policy)) continue
          all[place] = change(policy)
          seen.add(all[place])
        }
        return before.apply(this, args)
      },
  )
}

export const engineBugs: readonly Bug[] = [
  {
    name: 'act-before-durable',
    what: 'an attempt starts before what it depends on is durable',
    patch: patched('durable', () => () => undefined),
  },
  {
    name: 'retries-restart',
    what: 'failed attempts are counted anew after a crash',
    patch: goingOn((state) => {
      state.transport.fill(0)
      state.flagged.fill(0)
    }),
  },
  {
    name: 'spend-restarts',
    what: 'what was spent is counted anew after a crash',
    patch: goingOn((state) => {
      state.spent.usd = 0
      state.spent.tokens = 0
    }),
  },
  {
    name: 'attempts-restart',
    what: 'the attempts of the run are counted anew after a crash',
    patch: goingOn((state) => {
      for (const tally of state.tallies) tally.started = 0
    }),
  },
  {
    name: 'attempt-numbers-restart',
    what: 'attempts are numbered anew after a crash',
    patch: goingOn((state) => {
      state.attempts.fill(0)
    }),
  },
  {
    name: 'lost-for-nothing',
    what: 'an attempt that was lost in a crash is not charged',
    patch: goingOn((state) => {
      const all = state.facts as RunState['facts'][number][]
      for (const [place, facts] of all.entries())
        if (facts !== undefined) all[place] = { ...facts, cost: { usd: 0, tokens: 0 } }
    }),
  },
  {
    name: 'in-flight-forgotten',
    what: 'what was in flight is forgotten after a crash',
    patch: goingOn((state) => {
      for (const key of [...state.inFlight.keys()]) state.inFlight.delete(key)
    }),
  },
  {
    name: 'pause-unheeded',
    what: 'a run that is paused starts attempts',
    patch: patched(
      'pull',
      (before) =>
        function (...args) {
          const { phase } = this.state
          if (phase === 'paused') this.state.phase = 'running'
          try {
            return before.apply(this, args)
          } finally {
            if (phase === 'paused' && this.state.phase === 'running') this.state.phase = phase
          }
        },
    ),
  },
  {
    name: 'budget-off-by-one',
    what: 'a run may have one attempt more than its budget',
    patch: pulling(({ options }) =>
      options.budget?.attempts === undefined
        ? options
        : { ...options, budget: { ...options.budget, attempts: options.budget.attempts + 1 } },
    ),
  },
  {
    name: 'no-reservation',
    what: 'money is reserved for nothing in flight, so attempts together may cost more than the budget',
    patch: patched(
      'pull',
      (before) =>
        function (...args) {
          this.state.reserved.usd = 0
          this.state.reserved.tokens = 0
          return before.apply(this, args)
        },
    ),
  },
  {
    name: 'concurrency-off-by-one',
    what: 'a run may have one attempt more in flight than it allows',
    patch: pulling(({ options }) =>
      options.concurrency === undefined ? options : { ...options, concurrency: options.concurrency + 1 },
    ),
  },
  {
    name: 'retries-off-by-one',
    what: 'a subtask may have one attempt more than its policy allows',
    patch: policies((policy) => ({
      ...policy,
      retry: { ...policy.retry, transport: policy.retry.transport + 1 },
    })),
  },
  {
    name: 'margin-off-by-one',
    what: 'a vote is decided one vote too early',
    patch: policies((policy) =>
      typeof policy.vote?.margin === 'number'
        ? { ...policy, vote: { ...policy.vote, margin: policy.vote.margin - 1 } }
        : policy,
    ),
  },
  {
    name: 'leaked-slot',
    what: 'every 7th attempt keeps its slot for ever',
    patch: () => {
      const leaked = every(7)
      return patched(
        'left',
        (before) =>
          function (...args) {
            if (!leaked()) before.apply(this, args)
          },
      )()
    },
  },
  {
    name: 'slot-freed-early',
    what: 'an attempt that does not stop gives its slot away',
    patch: patched(
      'abandoned',
      (before) =>
        function (...args) {
          before.apply(this, args)
          this.left(args[0] as never)
        },
    ),
  },
  {
    name: 'attempt-limit-lost',
    what: 'an attempt that is out of time is not told to stop',
    patch: patched(
      'tick',
      (before) =>
        function (...args) {
          for (const flight of this.flights) flight.deadline = Number.POSITIVE_INFINITY
          before.apply(this, args)
        },
    ),
  },
  {
    name: 'run-limit-lost',
    what: 'a run that is out of time goes on',
    patch: patched(
      'tick',
      (before) =>
        function (...args) {
          const { options } = this.state
          this.state.options = { ...options, timeoutMs: undefined }
          before.apply(this, args)
          this.state.options = options
        },
    ),
  },
  {
    name: 'repeated-outcome-taken',
    what: 'an outcome that is told twice counts twice',
    patch: patched(
      'ended',
      (before) =>
        function (...args) {
          const [{ node, attempt }] = args as unknown as [{ node: number; attempt: number }]
          const key = flightKey(node, attempt)
          if (this.state.phase === 'running' && !this.state.inFlight.has(key))
            this.state.inFlight.set(key, this.now())
          before.apply(this, args)
        },
    ),
  },
  {
    name: 'wake-up-lost',
    what: 'now and then nobody is told that an attempt could start',
    patch: () => {
      const lost = every(4)
      return patched(
        'ready',
        (before) =>
          function () {
            return lost() ? 0 : before.call(this)
          },
      )()
    },
  },
  {
    name: 'attempt-uncounted',
    what: 'every 10th attempt is missing from the report',
    patch: () => {
      const missed = every(10)
      return patched(
        'ended',
        (before) =>
          function (...args) {
            const [tally] = this.state.tallies
            if (missed() && tally !== undefined && tally.started > 0) tally.started--
            before.apply(this, args)
          },
      )()
    },
  },
]
