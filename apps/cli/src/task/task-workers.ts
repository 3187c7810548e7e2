import { resolve } from 'node:path'
import { KilostepError, quote } from '@kilostep/core'
import type { Worker } from 'kilostep'
import type { Io } from '../io.ts'
import { importModule } from '../plan-file/load-module.ts'

/**
 * The workers that a module exports: each by itself, or lists of them.
 *
 * @throws KilostepError `module` where it cannot be loaded or exports none.
 */
export async function loadWorkers(file: string, io: Io): Promise<readonly Worker[]> {
  const exports = (await importModule(resolve(io.folder, file), file)) as Record<string, unknown>
  const workers = new Map<string, Worker>()
  for (const value of Object.values(exports).flat()) {
    if (isWorker(value)) workers.set(value.name, value)
  }
  if (workers.size === 0)
    throw new KilostepError('module', `${quote(file)} exports no worker. Export what defineWorker gives.`)
  return [...workers.values()]
}

function isWorker(value: unknown): value is Worker {
  return typeof value === 'object' && value !== null && (value as Worker).kind === 'worker'
}
