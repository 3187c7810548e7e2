import { settled, VirtualClock } from '@kilostep/testing'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { describe, expect, test } from 'vitest'
import { Allowance, type AllowanceLimits, type Lane, type Permit } from './allowance.ts'

const never = new AbortController().signal

/** Calls as another side would see them: each arrives some time after it was let through. */
function counted(perMs: number) {
  const arrivals: { readonly at: number; readonly tokens: number }[] = []
  const peak = (): { requests: number; tokens: number } => {
    const most = { requests: 0, tokens: 0 }
    const sorted = arrivals.toSorted((a, b) => a.at - b.at)
    for (const { at } of sorted) {
      const inside = sorted.filter((other) => other.at > at - perMs && other.at <= at)
      most.requests = Math.max(most.requests, inside.length)
      most.tokens = Math.max(
        most.tokens,
        inside.reduce((sum, { tokens }) => sum + tokens, 0),
      )
    }
    return most
  }
  return { arrivals, peak }
}

async function drive(
  limits: AllowanceLimits,
  calls: number,
  tokensOf: (n: number) => { reserved: number; used: number },
  timesOf: (n: number) => { arrivesMs: number; answersMs: number },
) {
  const clock = new VirtualClock()
  const allowance = new Allowance('m', limits, clock)
  const { arrivals, peak } = counted(limits.perMs ?? 60_000)
  let done = 0
  for (let n = 0; n < calls; n++) {
    const { reserved, used } = tokensOf(n)
    const { arrivesMs, answersMs } = timesOf(n)
    void allowance.take(reserved, 'latency', never).then((permit) => {
      clock.after(arrivesMs, () => arrivals.push({ at: clock.now(), tokens: used }))
      clock.after(answersMs, () => {
        permit.settle(used)
        done++
      })
    })
  }
  await clock.until(() => done === calls)
  /** The share of the allowance that was used in so many whole stretches from the start. */
  const usedShare = (stretches: number): number => {
    const { requests, tokens, perMs = 60_000 } = limits
    const inside = arrivals.filter(({ at }) => at < 1_000 + stretches * perMs)
    const sum = inside.reduce((total, arrival) => total + (tokens === undefined ? 1 : arrival.tokens), 0)
    return sum / stretches / (tokens ?? requests ?? 0)
  }
  return { peak, usedShare }
}

describe('the allowance of a model', () => {
  test('1,000 calls under 100 requests a minute: never above, and at least 95 % used', async () => {
    const { peak, usedShare } = await drive(
      { requests: 100 },
      1_000,
      () => ({ reserved: 100, used: 10 }),
      (n) => ({ arrivesMs: (n * 37) % 400, answersMs: 400 + ((n * 91) % 500) }),
    )
    expect(peak().requests).toBe(100)
    expect(usedShare(9)).toBeGreaterThanOrEqual(0.95)
  })

  test('1,000 calls under 20,000 tokens a minute: never above, and at least 95 % used', async () => {
    const used = (n: number): number => 100 + ((n * 7919) % 200)
    const { peak, usedShare } = await drive(
      { tokens: 20_000 },
      1_000,
      (n) => ({ reserved: 400, used: used(n) }),
      (n) => ({ arrivesMs: 50, answersMs: 300 + ((n * 91) % 500) }),
    )
    expect(peak().tokens).toBeLessThanOrEqual(20_000)
    expect(usedShare(9)).toBeGreaterThanOrEqual(0.95)
  })

  test('answers that take longer than the stretch do not hold its places', async () => {
    const { peak, usedShare } = await drive(
      { requests: 10, perMs: 1_000 },
      100,
      () => ({ reserved: 1, used: 1 }),
      () => ({ arrivesMs: 5, answersMs: 30_000 }),
    )
    expect(peak().requests).toBe(10)
    expect(usedShare(9)).toBeGreaterThanOrEqual(0.95)
  })

  test('the latency lane comes first, the other takes what is left', async () => {
    const clock = new VirtualClock()
    const allowance = new Allowance('m', { requests: 10 }, clock)
    const order: Lane[] = []
    const ask = (lane: Lane): void =>
      void allowance.take(1, lane, never).then((permit) => {
        order.push(lane)
        permit.settle(1)
      })
    for (let n = 0; n < 30; n++) ask('background')
    await settled()
    for (let n = 0; n < 15; n++) ask('latency')
    await clock.until(() => order.length === 45)
    expect(order.slice(0, 10)).toEqual(Array(10).fill('background'))
    expect(order.slice(10, 25)).toEqual(Array(15).fill('latency'))
  })

  test('who leaves makes room, and is told why', async () => {
    const clock = new VirtualClock()
    const allowance = new Allowance('m', { requests: 1 }, clock)
    await allowance.take(1, 'latency', never)
    const leaves = new AbortController()
    const left = allowance.take(1, 'latency', leaves.signal)
    const next = allowance.take(1, 'latency', never)
    leaves.abort(new Error('enough'))
    await expect(left).rejects.toThrow('enough')
    expect(allowance.waiting).toBe(1)
    await clock.result(next)
  })

  test('a pause holds all', async () => {
    const clock = new VirtualClock()
    const allowance = new Allowance('m', {}, clock)
    allowance.pauseUntil(clock.now() + 5_000)
    let permit: Permit | undefined
    void allowance.take(1, 'latency', never).then((given) => {
      permit = given
    })
    await clock.until(() => permit !== undefined)
    expect(permit?.waitedMs).toBe(5_000)
  })

  test('a call that could never start is refused', () => {
    const allowance = new Allowance('m', { tokens: 100 }, new VirtualClock())
    expect(() => allowance.take(101, 'latency', never)).toThrow(/could never start/)
  })

  test('counters that are shared hold several processes, and get back what was not used', async () => {
    const requests = new RateLimiterMemory({ points: 5, duration: 600 })
    const tokens = new RateLimiterMemory({ points: 100, duration: 600 })
    const clock = new VirtualClock()
    const processes = [1, 2].map(() => new Allowance('m', { shared: { requests, tokens } }, clock))
    const permits: Permit[] = []
    for (let n = 0; n < 8; n++)
      void (processes[n % 2] as Allowance).take(30, 'latency', never).then((permit) => permits.push(permit))
    const idle = async (): Promise<void> => {
      for (let n = 0; n < 20; n++) await settled()
    }
    await idle()
    // Three times 30 of 100 tokens.
    expect(permits).toHaveLength(3)
    for (const permit of permits) permit.settle(5)
    await idle()
    for (let n = 0; n < 4; n++) {
      clock.ring()
      await idle()
    }
    // Two more, and then the five requests are used up.
    expect(permits).toHaveLength(5)
    expect((await tokens.get('m/tokens'))?.consumedPoints).toBe(3 * 5 + 2 * 30)
    expect((await requests.get('m/requests'))?.consumedPoints).toBeGreaterThanOrEqual(5)
  })

  test('a shared counter that cannot be asked refuses the call', async () => {
    const down = { consume: () => Promise.reject(new Error('down')), reward: () => Promise.resolve() }
    const allowance = new Allowance('m', { shared: { requests: down } }, new VirtualClock())
    await expect(allowance.take(1, 'latency', never)).rejects.toMatchObject({ code: 'limit-store' })
  })
})
