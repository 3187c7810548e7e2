import { type MakeTable, type Row, widths } from './settings.ts'
import { drawAt, simulate, summary } from './simulated.ts'

const rate = 0.8 ** 0.1
const subtasks = 1_000

/** Where answers can be verified, nothing is cheaper. */
export const verifierTable: MakeTable = async (settings) => {
  const rows: Row[] = []
  for (const { shown, concurrency } of widths(settings, subtasks, [1, 64, 'N'])) {
    for (const verified of [false, true]) {
      settings.say(`table 4: ${shown} in flight, ${verified ? 'verified' : 'one attempt'}`)
      const plans = settings.plans ?? (settings.full ? 200 : 100)
      const result = await summary(plans, (trial) => {
        const seed = `${settings.seed}/verifier/${trial}`
        return simulate({ subtasks, concurrency, draw: drawAt(rate, seed), policy: {}, seed, verified })
      })
      rows.push({
        how: verified ? 'verify and retry' : 'one attempt',
        flight: shown,
        ...result,
        predicted: verified ? result.predicted : null,
      })
    }
  }
  return {
    name: 'verifier',
    title: 'Table 4. A perfect verifier: N = 1,000, every attempt right with probability 0.97793',
    columns: [
      { key: 'how', head: 'how' },
      { key: 'flight', head: 'in flight' },
      { key: 'trials', head: 'plans' },
      { key: 'right', head: 'all right' },
      { key: 'success', head: 'success', digits: 3 },
      { key: 'attempts', head: 'attempts a subtask', digits: 3 },
      { key: 'predicted', head: 'predicted', digits: 3 },
    ],
    rows,
    notes: ['At most three attempts a subtask, which is the default. What nothing judges has no prediction.'],
  }
}
