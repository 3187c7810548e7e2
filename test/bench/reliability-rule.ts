/*
 * Prints what the rule for choosing margins reaches on each mix: compound success @ attempts per subtask, beside
 * the bound that knows the mix. Run with
 *   node --conditions=@kilostep/source test/bench/reliability-rule.ts [--plans 200] [--subtasks 1000] [--target 0.9]
 *     [--seed 1] [--in-flight 1,64,N] [--order any|oldest] [--no-wait] [--mix 1,2,3] [--cold] [--json]
 */
import { parseArgs } from 'node:util'
import { voteBound } from '@kilostep/core/reliability'
import { MIXES, simulatePlans } from '../reliability/simulate-votes.ts'

const { values } = parseArgs({
  options: {
    plans: { type: 'string', default: '200' },
    subtasks: { type: 'string', default: '1000' },
    target: { type: 'string', default: '0.9' },
    seed: { type: 'string', default: '1' },
    'in-flight': { type: 'string', default: '1,64,N' },
    order: { type: 'string', default: 'any' },
    mix: { type: 'string', default: '' },
    'no-wait': { type: 'boolean', default: false },
    cold: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const plans = Number(values.plans)
const subtasks = Number(values.subtasks)
const target = Number(values.target)
const order = values.order === 'oldest' ? 'oldest' : 'any'
const wanted = values.mix === '' ? undefined : values.mix.split(',').map(Number)

const rows: object[] = []
for (const [index, [mix, { draw, known }]] of Object.entries(MIXES).entries()) {
  if (wanted && !wanted.includes(index + 1)) continue
  const bound = voteBound({ subtasks, target, mix: known })
  for (const warm of values.cold ? [false] : [false, true]) {
    for (const width of values['in-flight'].split(',')) {
      const inFlight = width === 'N' ? subtasks : Number(width)
      const seed = `${values.seed}/${mix}/${width}/${warm}`
      const mayWait = !values['no-wait']
      const result = simulatePlans({ plans, subtasks, target, inFlight, draw, warm, seed, order, mayWait })
      rows.push({ mix, warm, inFlight, bound, ...result })
      if (values.json) continue
      const cells = [
        mix.padEnd(20),
        warm ? 'warm' : 'cold',
        width.padStart(3),
        `${result.success.toFixed(3)} @ ${result.attempts.toFixed(2)}`.padEnd(14),
        `predicted ${result.predicted.toFixed(3)}`,
        `bound ${bound?.toFixed(2)} × ${(result.attempts / (bound ?? 1)).toFixed(2)}`,
        result.givenUp > 0 ? `given up ${result.givenUp.toFixed(2)} a plan` : '',
      ]
      console.log(cells.join('  '))
    }
  }
}
if (values.json) console.log(JSON.stringify(rows, null, 2))
