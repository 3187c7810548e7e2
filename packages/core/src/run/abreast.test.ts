import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isMoot } from './abreast.ts'
import { given } from './fixtures/scenario.ts'
import { attemptOfFlight, nodeOfFlight, status } from './state.ts'

const subtask = fc.record({
  needs: fc.array(fc.nat(20), { maxLength: 2 }),
  margin: fc.constantFrom(0, 1, 2, 3, 'auto' as const),
  atOnce: fc.constantFrom('needed' as const, 1, 2, 5),
  hedge: fc.boolean(),
  escalate: fc.boolean(),
  covered: fc.boolean(),
  route: fc.boolean(),
  backoffMs: fc.constantFrom(0, 30),
  priority: fc.integer({ min: -2, max: 2 }),
})

test('whatever several attempts of a subtask do, runs end, add up, replay the same, and never ask for too much', () => {
  fc.assert(
    fc.property(
      fc.array(subtask, { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(9_999), { minLength: 300, maxLength: 300 }),
      fc.option(fc.integer({ min: 0, max: 150 })),
      fc.option(fc.integer({ min: 20, max: 200 })),
      (specs, draws, stopAt, budget) => {
        const covers = specs.flatMap(({ covered }, i) => (covered ? [`s${i}`] : []))
        const run = given(
          specs.map((spec, i) => ({
            id: `s${i}`,
            priority: spec.priority,
            // What a check covers must not be needed by what it covers too.
            needs: [...new Set(spec.needs.filter((other) => other < i && !specs[other]?.covered))].map(
              (n) => `s${n}`,
            ),
            policy: {
              retry: { attempts: 3, backoffMs: spec.backoffMs },
              ...(spec.margin === 0
                ? {}
                : { vote: { margin: spec.margin, maxVotes: 9, atOnce: spec.atOnce } }),
              ...(spec.hedge ? { hedge: { afterMs: 20, share: 1 } } : {}),
              ...(spec.escalate ? { escalate: { to: 'strong', cost: 3 } } : {}),
              ...(spec.escalate && spec.route ? { route: [{ to: 'strong' }] } : {}),
            },
          })),
          {
            ...(covers.length > 0 && {
              checks: [{ id: 'k', covers, policy: { hedge: { afterMs: 20, share: 1 } } }],
            }),
            workers: {
              strong: { policy: { vote: { margin: 2, maxVotes: 5 }, retry: { attempts: 2, backoffMs: 0 } } },
            },
            options: budget === null ? {} : { budget: { attempts: budget } },
          },
        )
        const seen = new Map<number, number>()
        for (let step = 0; run.state.phase !== 'finished' && step < 6_000; step++) {
          const draw = draws[step % draws.length] as number
          if (step === stopAt) run.tell({ type: 'stop', at: run.at, reason: 'cancelled', message: 'Enough.' })
          if (draw % 97 === 0) run.tell({ type: 'host-lost', at: run.at })
          if (draw % 3 === 0) run.pass(draw % 40)
          if (draw % 3 !== 1 || run.state.inFlight.size === 0) run.slots(1 + (draw % 5))
          const keys = run.state.inFlight.keys()
          const key = keys[draw % Math.max(1, keys.length)]
          if (key === undefined) {
            run.pass(50)
            continue
          }
          const node = nodeOfFlight(key)
          const attempt = attemptOfFlight(key)
          const before = run.state.status[node] as number
          const moot = isMoot(run.state, node, attempt)
          const kind = (['transport', 'flagged', 'wrong'] as const)[draw % 3] as 'wrong'
          const id = run.id(node)
          if (draw % 4 === 0)
            run.ends(id, { type: 'failure', failure: { kind, code: 'x', message: 'X.' } }, attempt)
          else
            run.ends(
              id,
              { type: 'answer', answer: id === 'k' ? draw % 5 > 1 : draw % 7 < 5 ? 1 : draw % 7 },
              attempt,
            )
          // What nobody waits for changes nothing, and what has ended stays so.
          if (moot)
            expect(
              run.events.findLast(
                (event) => 'attempt' in event && event.node === node && event.attempt === attempt,
              )?.type,
            ).toBe('attempt-cancelled')
          if (before >= status.succeeded) expect(run.state.status[node]).toBe(before)
          for (const [other, was] of seen) expect(run.state.status[other]).toBe(was)
          for (let other = 0; other < run.state.graph.size; other++)
            if ((run.state.status[other] as number) >= status.succeeded)
              seen.set(other, run.state.status[other] as number)
        }
        const report = run.report()
        expect(report.attempts.started).toBeLessThanOrEqual(budget ?? Number.POSITIVE_INFINITY)
        expect(run.state.abreast.size + run.state.hedgeable.size + run.state.inFlight.size).toBe(0)
        // No sample counts as a vote twice, and none has more than one accepted answer.
        const samples = new Map<string, number>()
        for (const event of run.events) {
          if (event.type !== 'attempt-started') continue
          samples.set(`${event.node}/${event.attempt}`, event.sample)
        }
        const voted = new Set<string>()
        for (const event of run.events) {
          if (event.type !== 'attempt-succeeded') continue
          const sample = `${event.node}/${samples.get(`${event.node}/${event.attempt}`)}`
          expect(voted.has(sample)).toBe(false)
          voted.add(sample)
        }
      },
    ),
    { numRuns: 200 },
  )
})
