import type { z } from 'zod'
import { didYouMean, quote } from './suggest.ts'

/** Where something does not fit, and what would. */
export interface ReadIssue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

type Issue = z.core.$ZodIssue

/**
 * What zod found, in the words of a caller who has never heard of zod: what must stand there, what does, and for a name
 * that is not known the one that was meant.
 */
export function readIssues(error: z.ZodError, schema: z.ZodType): ReadIssue[] {
  return error.issues
    .flatMap((issue) => read(issue, issue.path, schema))
    .map(({ path, message }) => ({ path, message: sentence(message) }))
}

/** With a full stop, unless it ends otherwise. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

function read(issue: Issue, path: readonly PropertyKey[], schema: z.ZodType): ReadIssue[] {
  const one = (message: string): ReadIssue[] => [{ path, message }]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path, message: unknownKey(key, keysAt(schema, path)) }))
    case 'invalid_type':
      return one(mustBe([issue]))
    case 'invalid_value':
      return one(`must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`)
    case 'too_small':
      return one(bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum))
    case 'too_big':
      return one(bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum))
    case 'invalid_union': {
      // The way that is nearest to what was given is the one that was meant.
      const [nearest] = [...issue.errors].sort((a, b) => distance(a) - distance(b))
      if (nearest === undefined) return one(issue.message)
      const types = issue.errors.map(([first, ...more]) => (more.length === 0 ? first : undefined))
      if (types.every((type) => type?.code === 'invalid_type' && type.path.length === 0)) {
        return one(mustBe(types as TypeIssue[]))
      }
      return nearest.flatMap((inner) => read(inner, [...path, ...inner.path], schema))
    }
    default:
      return one(issue.message)
  }
}

const nouns: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  nonoptional: 'there',
}

type TypeIssue = Extract<Issue, { code: 'invalid_type' }>

function mustBe(issues: readonly TypeIssue[]): string {
  const names = issues.map(({ expected }) => nouns[expected] ?? expected)
  const is = butIs(issues[0]?.message ?? '')
  return names[0] === 'there' ? is.replace(', but it ', '') : `must be ${names.join(' or ')}${is}`
}

/** zod keeps what it was given out of an issue, but says its type in the message. */
function butIs(message: string): string {
  const received = /received (.+)$/.exec(message)?.[1]
  if (received === undefined) return ''
  if (received === 'undefined') return ', but it is missing'
  if (received === 'number' && message.includes('expected int')) return ''
  return `, but it is ${received === 'boolean' ? 'true or false' : (nouns[received] ?? received)}`
}

function bound(origin: string, comparison: string, limit: number | bigint): string {
  const unit = origin === 'string' ? 'characters' : 'items'
  if (origin === 'number' || origin === 'int') return `must be ${comparison} ${limit}`
  return `must have ${comparison} ${limit} ${Number(limit) === 1 ? unit.slice(0, -1) : unit}`
}

function unknownKey(key: string, known: readonly string[]): string {
  const hint = didYouMean(key, known)
  const list = known.length > 0 ? ` There are ${known.map(quote).join(', ')}.` : ''
  return `${quote(key)} is not known.${hint === '' ? list : hint}`
}

function distance(issues: readonly Issue[]): number {
  return issues.reduce((sum, { code }) => sum + (code === 'invalid_type' ? 2 : 1), 0)
}

/** The names that an object may have there; none where the schema cannot tell. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let here = [schema]
  for (const step of path) here = here.flatMap(unwrapped).flatMap((one) => below(one, step))
  return here.flatMap(unwrapped).flatMap((one) => Object.keys(definition(one).shape ?? {}))
}

interface Definition {
  readonly type: string
  readonly shape?: Readonly<Record<string, z.ZodType>>
  readonly innerType?: z.ZodType
  readonly in?: z.ZodType
  readonly element?: z.ZodType
  readonly valueType?: z.ZodType
  readonly options?: readonly z.ZodType[]
}

function definition(schema: z.ZodType): Definition {
  return schema.def as unknown as Definition
}

function unwrapped(schema: z.ZodType): z.ZodType[] {
  const { innerType, in: before, options } = definition(schema)
  const inside = innerType ?? before
  if (inside !== undefined) return unwrapped(inside)
  return options === undefined ? [schema] : options.flatMap(unwrapped)
}

function below(schema: z.ZodType, step: PropertyKey): z.ZodType[] {
  const { shape, element, valueType } = definition(schema)
  const next = shape === undefined ? (element ?? valueType) : shape[String(step)]
  return next === undefined ? [] : [next]
}
