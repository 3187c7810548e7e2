import type { LanguageModelV4Usage } from '@ai-sdk/provider'

/** What a model costs, in US dollars per million tokens. */
export interface Price {
  readonly input: number
  readonly output: number
  /** Input that the provider had in its cache. Default: as `input`. */
  readonly cachedInput?: number
  /** Input that the provider puts into its cache. Default: as `input`. */
  readonly cacheWrite?: number
}

/** Tokens of one call. */
export interface Tokens {
  readonly input: number
  readonly output: number
  /** How many of the input were read from the provider's cache, and written to it. */
  readonly cachedInput: number
  readonly cacheWrite: number
}

const million = 1_000_000

/** What a call cost, in US dollars; 0 where the price is not known. */
export function costUsd(price: Price | undefined, tokens: Tokens): number {
  if (price === undefined) return 0
  const { input, output, cachedInput = input, cacheWrite = input } = price
  const plain = Math.max(0, tokens.input - tokens.cachedInput - tokens.cacheWrite)
  const sum =
    plain * input + tokens.cachedInput * cachedInput + tokens.cacheWrite * cacheWrite + tokens.output * output
  return sum / million
}

/** The most that so many tokens can cost. */
export function worstUsd(price: Price | undefined, input: number, output: number): number {
  if (price === undefined) return 0
  const dearest = Math.max(price.input, price.cachedInput ?? 0, price.cacheWrite ?? 0)
  return (input * dearest + output * price.output) / million
}

/** Usage as a provider reports it; undefined where it did not say how much. */
export function tokensOf(usage: LanguageModelV4Usage | undefined): Tokens | undefined {
  const input = usage?.inputTokens.total
  const output = usage?.outputTokens.total
  if (!isCount(input) || !isCount(output)) return undefined
  const { cacheRead, cacheWrite } = usage?.inputTokens ?? {}
  return {
    input,
    output,
    cachedInput: isCount(cacheRead) ? cacheRead : 0,
    cacheWrite: isCount(cacheWrite) ? cacheWrite : 0,
  }
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0
}
