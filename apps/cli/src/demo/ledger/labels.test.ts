import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadImages } from './assets.ts'
import { PIXELS } from './image.ts'

describe('labels', () => {
  const folder = new URL('.', import.meta.url)
  const sources = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  const importsOf = (name: string): string[] =>
    [
      ...readFileSync(new URL(name, folder), 'utf8').matchAll(/^(?:import|export) .*? from '\.\/(.*?)'/gms),
    ].map(([, path]) => path as string)

  /** All files of this folder that a file reaches, itself included. */
  const reach = (name: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(name) || !sources.includes(name)) return seen
    seen.add(name)
    for (const path of importsOf(name)) reach(path, seen)
    return seen
  }

  it('are out of reach of everything that reads, perturbs or checks', () => {
    expect(reach('ledger.ts')).toContain('check.ts')
    for (const name of [
      'reader.ts',
      'assets.ts',
      'pool.ts',
      'perturb.ts',
      'check.ts',
      'network.ts',
      'layers.ts',
    ]) {
      expect(reach(name), name).not.toContain('labels.ts')
      expect(reach(name), name).not.toContain('ledger.ts')
    }
  })

  it('are out of reach of the plan, its workers, their record and the run', () => {
    expect(reach('trials.ts')).toContain('labels.ts')
    for (const name of ['workers.ts', 'plan.ts', 'record.ts', 'trial.ts']) {
      expect(reach(name), name).not.toContain('labels.ts')
      expect(reach(name), name).not.toContain('score.ts')
    }
    const openers = sources.filter((name) => importsOf(name).includes('labels.ts'))
    expect(openers).toEqual(['trials.ts'])
  })

  it('are not part of what a pool gives', () => {
    expect(Object.keys(loadImages('validation')).toSorted()).toEqual(['count', 'image'])
    expect(loadImages('validation').image(0)).toHaveLength(PIXELS)
  })
})
