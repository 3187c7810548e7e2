import { expect, it } from 'vitest'
import { definePlan } from './define-plan.ts'
import { createEngine } from './engine.ts'
import type { StartOptions } from './engine-options.ts'
import { defineWorker } from './worker.ts'

/** Workers whose attempts end when they are told to, and a plan of many of each. */
function stage() {
  const open = new Map<string, (() => void)[]>()
  const made = (name: string, count: number) => {
    const ends: (() => void)[] = []
    open.set(name, ends)
    const worker = defineWorker({
      name,
      run: (_: number, { signal }) =>
        new Promise<null>((resolve) => {
          ends.push(() => resolve(null))
          signal.addEventListener('abort', () => resolve(null))
        }),
    })
    return definePlan(name, (p) => {
      for (let i = 0; i < count; i++) p.subtask(worker, i)
    })
  }
  const held = (name: string): number => open.get(name)?.length ?? 0
  const end = async (name: string): Promise<void> => {
    open.get(name)?.shift()?.()
    await settle()
  }
  return { made, held, end }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
}

it('a run of long attempts and one of short ones hold as many slots, whoever was first', async () => {
  const { made, held, end } = stage()
  const engine = createEngine({ concurrency: 8 })
  engine.start(made('long', 100))
  await settle()
  expect(held('long')).toBe(8)
  engine.start(made('short', 1_000))
  for (let i = 0; i < 4; i++) await end('long')
  // In turns, each slot that a short attempt leaves would have gone to a long one every other time.
  for (let i = 0; i < 100; i++) await end('short')
  expect([held('long'), held('short')]).toEqual([4, 4])
  await engine.close()
})

it('slots go by share', async () => {
  const { made, held } = stage()
  const engine = createEngine({ concurrency: 8 })
  engine.start(made('one', 100), { share: 3 })
  engine.start(made('other', 100))
  await settle()
  expect([held('one'), held('other')]).toEqual([6, 2])
  await engine.close()
})

it('what runs in the background takes what is left, and no reserved slot', async () => {
  const { made, held, end } = stage()
  const engine = createEngine({ concurrency: 16 })
  const background: StartOptions = { lane: 'background' }
  engine.start(made('nightly', 1_000), background)
  await settle()
  expect(held('nightly')).toBe(14)
  engine.start(made('someone waits', 3))
  await settle()
  expect(held('someone waits')).toBe(2)
  await end('nightly')
  expect([held('nightly'), held('someone waits')]).toEqual([13, 3])
  for (let i = 0; i < 3; i++) await end('someone waits')
  expect(held('nightly')).toBe(14)
  await engine.close()
})

it('one slot is nobody’s to reserve', async () => {
  const { made, held } = stage()
  const engine = createEngine({ concurrency: 1 })
  engine.start(made('nightly', 2), { lane: 'background' })
  await settle()
  expect(held('nightly')).toBe(1)
  await engine.close()
  expect(() => createEngine({ concurrency: 4, reserved: 4 })).toThrow(
    '"reserved" is 4 of 4 slots, and background runs would never get one. Give less than "concurrency".',
  )
  expect(() => createEngine({ reserved: -1 })).toThrow('"reserved"')
})
