import { describe, expect, it } from 'vitest'
import { choosePlan } from './choose-plan.ts'
import { definePlan } from './define-plan.ts'
import { defineWorker } from './worker.ts'

const cheap = defineWorker({ name: 'cheap', run: () => 1, cost: { usd: 0.01 } })
const dear = defineWorker({ name: 'dear', run: () => 1, cost: { usd: 1 } })
const of = (worker: typeof cheap, n: number) =>
  definePlan(`${n} ${worker.name}`, (p) => Array.from({ length: n }, () => p.subtask(worker, undefined)))
const chosen = (plans: ReturnType<typeof of>[], rates?: Record<string, number>) =>
  choosePlan(plans, rates === undefined ? {} : { rates }).plan.data.name

describe('choosePlan', () => {
  it('takes the cheapest of those that reach the target', () => {
    const plans = [of(dear, 2), of(cheap, 30), of(cheap, 5), of(cheap, 8)]
    expect(chosen(plans, { cheap: 0.99, dear: 0.999 })).toBe('5 cheap')
  })

  it('takes the likeliest where none reaches it', () => {
    expect(chosen([of(cheap, 5), of(dear, 9), of(cheap, 3)], { cheap: 0.5, dear: 0.95 })).toBe('9 dear')
  })

  it('takes the smallest where nothing is known, and the first of equals', () => {
    expect(chosen([of(cheap, 5), of(cheap, 3), of(dear, 3)])).toBe('3 cheap')
  })

  it('needs one to choose from', () => {
    expect(() => choosePlan([])).toThrow('one plan or more')
  })
})
