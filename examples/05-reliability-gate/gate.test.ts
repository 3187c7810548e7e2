import { runTrials } from '@kilostep/testing'
import { reliability } from '@kilostep/testing/vitest'
import { expect, test } from 'vitest'
import gate from './gate.ts'
import { addUp, type Invoice } from './pipeline.ts'

const { name, ...options } = gate

// This is all that a project needs: it fails where the pipeline is shown to be worse than it should be.
reliability<Invoice>(name, { ...options, seed: 'release' })

test('the same pipeline, 10 points worse, is caught', async () => {
  const report = await runTrials<Invoice>({
    ...gate,
    seed: 'release',
    run: ({ input, seed, signal }) => addUp(input, { seed, signal, misreads: 0.066 }),
  })
  expect(report).not.toPassGate()
  expect(report).toMatchObject({ verdict: 'fail', failures: [{ message: 'the total is too high' }] })
})
