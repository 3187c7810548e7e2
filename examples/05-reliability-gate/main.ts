import { compareGates, comparisonText, gateText } from '@kilostep/core'
import { runTrials } from '@kilostep/testing'
import gate from './gate.ts'
import { addUp, type Invoice } from './pipeline.ts'

/* The same pipeline twice: as it is, and made 10 points worse on purpose. The gate passes one and stops the other. */

const look = { color: process.stdout.isTTY, width: 100 }
const options = { ...gate, seed: 'release', minTrials: 150 }

const before = await runTrials<Invoice>(options)
console.log(gateText(before, look))

const worse =
  (misreads: number): typeof gate.run =>
  ({ input, seed, signal }) =>
    addUp(input, { seed, misreads, signal })
const after = await runTrials<Invoice>({ ...options, run: worse(0.066) })
console.log(gateText(after, look))

console.log(comparisonText(compareGates(before, after, { acrossPlans: true }), look))

process.exitCode = before.verdict === 'pass' && after.verdict === 'fail' ? 0 : 1
