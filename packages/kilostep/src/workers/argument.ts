import { quote } from '@kilostep/core'
import { AttemptError } from '../failure.ts'

const part = String.raw`[\p{L}\p{N}_$-]+`
const path = String.raw`${part}(?:\.${part})*`
/** `{{name}}` stands for the text `{name}`, `{name}` for that part of the input. */
const places = new RegExp(String.raw`\{\{(${path})\}\}|\{(${path})\}`, 'gu')

/** The parts of the input that an argument names. */
export function placesIn(argument: string): string[] {
  return [...argument.matchAll(places)].flatMap(([, , name]) => (name === undefined ? [] : [name]))
}

/**
 * An argument with the parts of the input in their places: text as it is, numbers and booleans as text, anything else
 * as JSON. What is put in is never looked at again, and no shell sees it.
 *
 * @throws AttemptError `missing-input` where the input has no such part, or it is null.
 */
export function fillArgument(argument: string, input: unknown): string {
  return argument.replace(places, (_, literal: string | undefined, name: string) =>
    literal === undefined ? asText(partOf(input, name), name) : `{${literal}}`,
  )
}

/** A part of the input as a program gets it. */
export function asText(value: unknown, name: string): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (!text.includes('\0')) return text
  throw new AttemptError(
    `${quote(name)} of the input holds a NUL character, which no program can be given.`,
    {
      kind: 'flagged',
      code: 'invalid-input',
      retryable: false,
    },
  )
}

function partOf(input: unknown, name: string): unknown {
  let value = input
  for (const key of name.split('.')) {
    value =
      value !== null && typeof value === 'object' && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : undefined
  }
  if (value !== undefined && value !== null) return value
  throw new AttemptError(
    `The command needs {${name}}, and the input has no such part. Give it one, or write {{${name}}} for the text {${name}} itself.`,
    { kind: 'flagged', code: 'missing-input', retryable: false },
  )
}
