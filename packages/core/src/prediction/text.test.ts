import { describe, expect, it } from 'vitest'
import type { Plan } from '../plan/plan.ts'
import { predict } from './predict.ts'
import { predictionText } from './text.ts'

const planOf = (subtasks: number, worker = 'read'): Plan => ({
  kilostep: 1,
  name: 'prices',
  subtasks: Array.from({ length: subtasks }, (_, i) => ({ id: `read-${i}`, worker })),
})
const known = predict(
  planOf(1_000),
  [{ name: 'read', effects: 'none', verified: false, undo: false, cost: { usd: 0.001, tokens: 0 } }],
  { rates: { read: 0.8 ** (1 / 10) }, budget: { attempts: 2_000 } },
)

describe('predictionText', () => {
  it('is read at 80 columns', () => {
    expect(predictionText(known, { color: false, width: 80 })).toMatchInlineSnapshot(`
      "prices: With one attempt each, all 1,000 subtasks are right 2 times in
      10,000,000,000. With vote: { margin: 'auto' } they are in 99.6 % of runs, at
      4.28 attempts a subtask (4,278 together, about $4.28).

      Subtasks          1,000
      Target            all of them right in 90.0 % of runs
      Without policies  each right with a chance of 99.989 %, one mistake in 9,492
      read              1,000; one attempt is right in 97.8 %, as you said

        Policy              all right  each              attempts   cost
        one attempt each       <0.1 %  1.00  ░░░░░░░░░░     1,000  $1.00
      ✓ check, ask again *    >99.9 %  1.02  ██████████     1,023  $1.02
        vote, 2 ahead          60.1 %  2.09  ██████░░░░     2,090  $2.09
      ✓ vote, 3 ahead          98.9 %  3.14  ██████████     3,138  $3.14
      ✓ vote, 5 ahead         >99.9 %  5.23  ██████████     5,231  $5.23
      ✓ vote, auto             99.6 %  4.28  ██████████     4,278  $4.28
        ✓ reaches 90.0 %. All right: how often every subtask would be right. Each:
        attempts that a subtask takes on average.
        * if read had a verifier (verify) that never errs.

      Cheapest margins  188 at margin 2 and 812 at margin 3: 2.94 attempts a subtask

      In the way
        - The target takes about 4,278 attempts, and the budget is 2,000, so it will
          run out before it is done. Raise budget.attempts or lower the target.

      Taken for granted
        - Every subtask of read is equally hard. If some are much harder, fixed
          margins fall short and 'auto' asks more often; a pilot sees it.
        - Votes are independent of each other; answers kept and given again would not
          be.
        - The usual answer of every subtask is right. Votes cannot tell; only audits
          can: 28,434 clean ones would show it for this plan.
      "
    `)
  })

  it('is read at 40 columns', () => {
    expect(predictionText(known, { color: false, width: 40 })).toMatchInlineSnapshot(`
      "prices: With one attempt each, all 1,000
      subtasks are right 2 times in
      10,000,000,000. With vote: { margin:
      'auto' } they are in 99.6 % of runs, at
      4.28 attempts a subtask (4,278 together,
      about $4.28).

      Subtasks          1,000
      Target            all of them right in
                        90.0 % of runs
      Without policies  each right with a
                        chance of 99.989 %,
                        one mistake in 9,492
      read              1,000; one attempt is
                        right in 97.8 %, as
                        you said

        Policy       all right  each  attempts
        one attemp…     <0.1 %  1.00     1,000
      ✓ check, ask…    >99.9 %  1.02     1,023
        vote, 2 ah…     60.1 %  2.09     2,090
      ✓ vote, 3 ah…     98.9 %  3.14     3,138
      ✓ vote, 5 ah…    >99.9 %  5.23     5,231
      ✓ vote, auto      99.6 %  4.28     4,278
        ✓ reaches 90.0 %. All right: how often
        every subtask would be right. Each:
        attempts that a subtask takes on
        average.
        * if read had a verifier (verify) that
        never errs.

      Cheapest margins  188 at margin 2 and
                        812 at margin 3: 2.94
                        attempts a subtask

      In the way
        - The target takes about 4,278
          attempts, and the budget is 2,000,
          so it will run out before it is
          done. Raise budget.attempts or lower
          the target.

      Taken for granted
        - Every subtask of read is equally
          hard. If some are much harder, fixed
          margins fall short and 'auto' asks
          more often; a pilot sees it.
        - Votes are independent of each other;
          answers kept and given again would
          not be.
        - The usual answer of every subtask is
          right. Votes cannot tell; only
          audits can: 28,434 clean ones would
          show it for this plan.
      "
    `)
  })

  it('says what to do where nothing is known', () => {
    expect(predictionText(predict(planOf(1_000)), { color: false, width: 80 })).toMatchInlineSnapshot(`
      "prices: Nothing is known yet of how often read is right, so nobody can say how
      this will end. A pilot tells.

      Subtasks          1,000
      Target            all of them right in 90.0 % of runs
      It would take     each right with a chance of 99.989 %, one mistake in 9,492
      read              1,000; how often it is right is not known

      Not known
        - How often read is right: there is no record of it. Give a record or rates,
          or run a pilot.

      What to do next
        - Run a pilot: 20 subtasks, 5 votes each, 100 attempts. It shows how often the
          votes agree, and the prediction follows from that.
      "
    `)
  })

  it.each([80, 40, 20])('keeps within %i columns, 40 at least', (width) => {
    const lines = predictionText(known, { color: false, width }).split('\n')
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(Math.max(40, width))
  })

  it('lets no escape sequence of a name through', () => {
    const hostile = predict({ ...planOf(3, 'r\u001b[31m\u202eead'), name: 'x\u001b]0;title\u0007' })
    const text = predictionText(hostile, { color: false, width: 80 })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(text).not.toMatch(/[\u001b\u0007\u202e]/)
  })

  it('colours only when asked to', () => {
    expect(predictionText(known, { color: true, width: 80 })).toContain('\u001b[')
  })
})
