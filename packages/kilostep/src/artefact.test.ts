import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { artefactOf, verifiedPath } from './artefact.ts'
import { definePlan } from './define-plan.ts'
import { createEngine } from './engine.ts'
import { defineWorker } from './worker.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kilostep-artefact-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('names a file by its digest', async () => {
  const path = join(folder, 'a.txt')
  await writeFile(path, 'abc')
  expect(await artefactOf(path)).toEqual({
    artefact: path,
    digest: 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad', // FIPS 180-2, B.1
    bytes: 3,
  })
})

it('finds out that a file has changed or gone', async () => {
  const path = join(folder, 'a.txt')
  await writeFile(path, 'abc')
  const artefact = await artefactOf(path)
  expect(await verifiedPath(artefact)).toBe(path)
  await writeFile(path, 'abd')
  await expect(verifiedPath(artefact)).rejects.toThrow('has changed since it was named')
  await rm(path)
  await expect(verifiedPath(artefact)).rejects.toThrow('cannot be read any more')
})

it('goes from one subtask to the next', async () => {
  const write = defineWorker({
    name: 'write',
    run: async (text: string, { artefact }) => {
      await writeFile(join(folder, 'out.txt'), text)
      return artefact(join(folder, 'out.txt'))
    },
  })
  const size = defineWorker({
    name: 'size',
    run: async (file: { artefact: string; digest: string; bytes: number }) =>
      (await verifiedPath(file)).length > 0 && file.bytes,
  })
  const plan = definePlan('files', (p) => p.subtask(size, p.subtask(write, 'four')))
  expect((await createEngine().start(plan).result).output).toBe(4)
})
