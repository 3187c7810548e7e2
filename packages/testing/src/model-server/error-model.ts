import { hashUniform } from '@kilostep/core'
import { wrongAnswer } from '../faults/wrong-answer.ts'
import type { ModelRequest } from './model-request.ts'
import { type FaultName, faultNames, type Reply } from './reply.ts'

/** How often the model is wrong, and how its mistakes go together. */
export interface WrongOptions {
  /** The share of answers that are wrong, 0 to 1. */
  readonly rate: number
  /**
   * The share of that which belongs to the question and not to the asking, 0 to 1: such a question gets the same wrong
   * answer however often it is asked, and no vote sees it. Default 0.
   */
  readonly correlated?: number
  /** Over how many different wrong answers they are spread, 1 or more. Default 1: they all agree, the worst case. */
  readonly spread?: number
  /** Makes a wrong answer of a right one; `which` counts from 0 up to `spread`. Default: another number, or another text. */
  readonly answer?: (right: Reply, which: number, request: ModelRequest) => Reply
}

/** The share of requests that end in each fault, 0 to 1, together at most 1. */
export type FaultRates = { readonly [name in FaultName]?: number }

/** Draws that depend on the seed, the question and how often it was asked, never on the order of requests. */
export class ErrorModel {
  readonly #seed: string | number
  readonly #faults: FaultRates
  readonly #wrong: WrongOptions

  constructor(seed: string | number, faults: FaultRates, wrong: WrongOptions) {
    this.#seed = seed
    this.#faults = faults
    this.#wrong = wrong
  }

  fault(question: string, repeat: number): FaultName | undefined {
    const draw = hashUniform(`${this.#seed}/fault`, question, repeat)
    let upTo = 0
    for (const name of faultNames) {
      upTo += this.#faults[name] ?? 0
      if (draw < upTo) return name
    }
    return undefined
  }

  /** The right answer, or a wrong one. */
  answer(right: Reply, question: string, request: ModelRequest): Reply {
    const { rate, correlated = 0, spread = 1, answer = otherAnswer } = this.#wrong
    const always = rate * correlated
    const stubborn = hashUniform(`${this.#seed}/stubborn`, question, 0) < always
    // The two add up to the rate: what is not wrong for good is wrong now and then.
    const sometimes = always >= 1 ? 0 : (rate - always) / (1 - always)
    if (!stubborn && hashUniform(`${this.#seed}/wrong`, question, request.repeat) >= sometimes) return right
    const asked = stubborn ? 'always' : request.repeat
    return answer(right, Math.floor(hashUniform(`${this.#seed}/which`, question, asked) * spread), request)
  }
}

/** Another answer of the same form, as `wrongAnswer` makes it; equal for equal `which`. */
function otherAnswer(right: Reply, which: number): Reply {
  const draw = hashUniform('other', which, 0)
  if (typeof right === 'string') return otherText(right, draw)
  if ('text' in right) return { text: otherText(right.text, draw) }
  return 'json' in right ? { json: wrongAnswer(right.json, draw) } : right
}

function otherText(text: string, draw: number): string {
  try {
    return JSON.stringify(wrongAnswer(JSON.parse(text), draw))
  } catch {
    return String(wrongAnswer(text, draw))
  }
}
