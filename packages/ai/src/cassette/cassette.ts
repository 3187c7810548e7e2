import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import { canonicalJson, parseOptions, quote } from '@kilostep/core'
import { AttemptError, KilostepError } from 'kilostep'
import { z } from 'zod'
import { withoutKeys } from '../model/secrets.ts'
import { type Take, takeSchema } from './take.ts'

export interface CassetteOptions {
  /**
   * `replay` (the default): what was recorded is said again, and anything else fails without asking anybody.
   * `record`: everything is asked for, and the file written anew. `extend`: what was recorded is said again, and the
   * rest asked for and added.
   */
  readonly mode?: 'replay' | 'record' | 'extend'
}

const optionsSchema = z.strictObject({ mode: z.enum(['replay', 'record', 'extend']).optional() })
const header = '{"kilostep":1,"type":"cassette"}'

/**
 * Calls of models in a file, a line each, so that a test costs nothing and is the same every time. Give it to
 * `defineModel`. What it holds is looked through for keys before it is written; it holds prompts and answers as they are.
 *
 * @throws KilostepError `invalid-options`; `no-cassette` where there is none to replay; `cassette-damaged`.
 * @example defineModel('openai:gpt-5-mini', { cassette: cassette('test/summary.jsonl') })
 */
export function cassette(file: string, options: CassetteOptions = {}): Cassette {
  const { mode = 'replay' } = parseOptions(optionsSchema, options, 'cassette')
  return new Cassette(file, mode)
}

/** Made by {@link cassette}. */
export class Cassette {
  readonly mode: NonNullable<CassetteOptions['mode']>
  readonly #file: string
  readonly #takes = new Map<string, Take[]>()

  /** @internal */
  constructor(file: string, mode: NonNullable<CassetteOptions['mode']>) {
    this.mode = mode
    this.#file = file
    if (mode === 'replay' && !existsSync(file)) {
      throw new KilostepError(
        'no-cassette',
        `There is no cassette ${quote(file)} to replay. Record it first: cassette(${quote(file)}, { mode: 'record' }).`,
      )
    }
    if (mode !== 'record' && existsSync(file)) {
      for (const take of readTakes(file))
        this.#takes.set(take.key, [...(this.#takes.get(take.key) ?? []), take])
      return
    }
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${header}\n`)
  }

  /**
   * What was recorded of this call: of this very attempt where it is there, or else of another that asked the same.
   * Each take is said once. Undefined where it is to be asked for.
   *
   * @throws AttemptError `not-recorded` in a replay.
   */
  play(key: string, label: string): Take | undefined {
    const takes = this.#takes.get(key) ?? []
    const exact = takes.findIndex((take) => take.label === label)
    const [take] = takes.splice(Math.max(0, exact), 1)
    if (take !== undefined || this.mode !== 'replay') return take
    throw new AttemptError(
      `The cassette ${quote(this.#file)} has no such call (${label || 'no label'}): the prompt, the model or the policy is another one. Record it again with { mode: 'record' }, or add to it with { mode: 'extend' }.`,
      { code: 'not-recorded', retryable: false },
    )
  }

  add(take: Take, secrets: readonly (string | undefined)[]): void {
    appendFileSync(this.#file, `${withoutKeys(JSON.stringify(take), secrets)}\n`)
  }
}

/** What makes two calls the same: all that the model sees, and no header or signal. */
export function callKey(model: string, params: LanguageModelV4CallOptions): string {
  const { abortSignal: _, headers: __, includeRawChunks: ___, ...seen } = params
  // Through JSON, as it would be sent: what is undefined is not there.
  const text = canonicalJson(JSON.parse(JSON.stringify([model, seen])))
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

function readTakes(file: string): Take[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  if (lines[0] !== header)
    throw new KilostepError('cassette-damaged', `${quote(file)} is no cassette. Record it again.`)
  return lines.slice(1).flatMap((line, place) => {
    if (line === '') return []
    try {
      return [takeSchema.parse(JSON.parse(line)) as Take]
    } catch {
      const where = `${quote(file)}, line ${place + 2}`
      throw new KilostepError('cassette-damaged', `${where}: this is no recorded call. Record it again.`)
    }
  })
}
