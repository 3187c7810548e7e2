import { describe, expect, it } from 'vitest'
import { bugs } from './planted/bugs.ts'
import { catchBug } from './planted/catch.ts'

// One of every sort, each found soon; `npm run simulate -- --planted` looks for all of them.
const some = [
  'acknowledge-first',
  'no-sync',
  'lost-append',
  'zombie-writes-on',
  'retries-restart',
  'budget-off-by-one',
  'leaked-slot',
  'attempt-limit-lost',
  'act-before-durable',
  'form-unchecked',
  'once-repeated',
  'clock-read',
]

describe('a planted bug is found', () => {
  it.each(some)('%s', async (name) => {
    const bug = bugs.find((one) => one.name === name)
    expect(bug).toBeDefined()
    if (bug === undefined) return
    expect((await catchBug(bug, 200))?.breach).toBeDefined()
  })
})

it('each has a name of its own', () => {
  expect(new Set(bugs.map(({ name }) => name)).size).toBe(bugs.length)
  expect(bugs.length).toBeGreaterThanOrEqual(25)
})
