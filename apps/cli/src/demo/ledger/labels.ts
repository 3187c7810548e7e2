import { readFileSync } from 'node:fs'
import type { PoolName } from './assets.ts'
import type { PoolLabels } from './pool.ts'

/**
 * The label of each image of a pool. Apart from the images on purpose: a label may build a ledger and
 * score it, and nothing that reads, checks or decides imports this file (a test holds that).
 */
export const loadLabels = (pool: PoolName): PoolLabels =>
  readFileSync(new URL(`../../../assets/${pool}.labels.bin`, import.meta.url))
