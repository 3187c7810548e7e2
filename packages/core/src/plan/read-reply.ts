import type { Fault } from '../errors.ts'
import { quote } from '../suggest.ts'
import { fault, isRecord } from './form.ts'

export interface ReadReplyOptions {
  /** A key that tells the object that is looked for from others in the reply. Default `subtasks`. */
  readonly key?: string | undefined
  /** The longest reply that is looked at, in characters. Default 4,000,000. */
  readonly maxLength?: number | undefined
}

export interface ReadReply {
  /** The JSON object of the reply; undefined where there is a fault. */
  readonly value: unknown
  /** Why there is none that can be used. */
  readonly faults: readonly Fault[]
}

const defaultMaxLength = 4_000_000
/** More objects than this are not told apart: they are too many in any case. */
const maxObjects = 1_000
/** How often reading starts again behind a brace that is never closed, so that hostile replies cost no more than long ones. */
const maxStarts = 20

/**
 * The JSON object in what a model replied: alone, in a code fence, or with prose around it. It is taken as it stands or
 * not at all: a reply that is cut, malformed, or holds two different objects is a fault and never mended. Never throws.
 */
export function readReply(reply: unknown, options: ReadReplyOptions = {}): ReadReply {
  const { key = 'subtasks', maxLength = defaultMaxLength } = options
  if (typeof reply !== 'string') return refuse('no-json', `The reply is not a text, but ${kindOf(reply)}.`)
  if (reply.length > maxLength) {
    return refuse(
      'too-long',
      `The reply has ${reply.length} characters and the limit is ${maxLength}. Use "map" over a list instead of writing each subtask.`,
    )
  }
  const text = reply.replace(/^\uFEFF/, '')
  const whole = parse(text)
  if ('value' in whole && isRecord(whole.value)) return one([{ text, value: whole.value }], key)
  const found = scan(text, key)
  if (found.cut) {
    return refuse(
      'cut',
      `The reply stops in the middle of its JSON, after ${reply.length} characters. Give a shorter plan that ends: use "map" over a list instead of writing each subtask.`,
    )
  }
  if (found.objects.length > 0) return one(found.objects, key)
  if (found.malformed === undefined)
    return refuse('no-json', 'The reply holds no JSON object. Reply with the plan as one JSON object.')
  return refuse(
    'malformed',
    `The JSON of the reply cannot be read: ${quote(found.malformed)}. Reply with valid JSON.`,
  )
}

/** An object with the text that it was read from. */
interface Found {
  readonly text: string
  readonly value: unknown
}

function one(objects: readonly Found[], key: string): ReadReply {
  const unpacked = objects.map(({ text, value }) => ({ text, value: unwrapped(value, key) }))
  const wanted = unpacked.filter(({ value }) => has(value, key))
  const candidates = distinct(wanted.length > 0 ? wanted : objects)
  const [first] = candidates
  if (candidates.length > 1 || first === undefined) {
    return refuse(
      'several',
      `The reply holds ${candidates.length} different JSON objects. Reply with one: the plan.`,
    )
  }
  const counted = countKeys(first.value)
  if (counted.hostile)
    return refuse('hostile-key', 'The reply has the key "__proto__", which is never taken.')
  // An envelope has a key of its own.
  if (keysInText(first.text) > countKeys(objects.find(({ text }) => text === first.text)?.value).keys) {
    return refuse(
      'repeated-key',
      'An object of the reply has the same key twice, so one of them would be lost.',
    )
  }
  return { value: first.value, faults: [] }
}

/** `{ "thoughts": …, "plan": { … } }` and the like: the one object with the key, in an envelope. */
function unwrapped(value: unknown, key: string): unknown {
  if (!isRecord(value) || Object.hasOwn(value, key)) return value
  const [first, ...more] = Object.values(value).filter((part) => has(part, key))
  return first === undefined || more.length > 0 ? value : first
}

function has(value: unknown, key: string): boolean {
  return isRecord(value) && Object.hasOwn(value, key)
}

/** A model that thinks aloud may say the same twice. */
function distinct(objects: readonly Found[]): Found[] {
  const seen = new Map<string, Found>()
  for (const object of objects) {
    const text = objects.length === 1 ? '' : plainText(object)
    if (!seen.has(text)) seen.set(text, object)
  }
  return [...seen.values()]
}

function plainText({ text, value }: Found): string {
  try {
    return JSON.stringify(value)
  } catch {
    // Too deep to be written in one go.
    return text
  }
}

function countKeys(root: unknown): { keys: number; hostile: boolean } {
  const open: unknown[] = [root]
  let keys = 0
  let hostile = false
  while (open.length > 0) {
    const value = open.pop()
    if (value === null || typeof value !== 'object') continue
    if (!Array.isArray(value)) {
      keys += Object.keys(value).length
      hostile ||= Object.hasOwn(value, '__proto__')
    }
    for (const part of Object.values(value)) if (part !== null && typeof part === 'object') open.push(part)
  }
  return { keys, hostile }
}

/** How many keys the text of an object writes: more than the object has, where one stands twice. */
function keysInText(text: string): number {
  let keys = 0
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) {
    at = endOfString(text, at)
    let after = at + 1
    while (/\s/.test(text.charAt(after))) after++
    if (text.charAt(after) === ':') keys++
  }
  return keys
}

/** Where the string that begins at `start` has its closing quote; the text's end where it has none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 92) at++
    else if (code === 34) return at
  }
  return text.length
}

interface Scanned {
  readonly objects: Found[]
  /** An object is not closed. */
  cut: boolean
  /** What the parser said of the first that is closed and yet no JSON. */
  malformed: string | undefined
}

/** Every object in the text that is not inside another. */
function scan(text: string, key: string): Scanned {
  const found: Scanned = { objects: [], cut: false, malformed: undefined }
  let starts = 0
  let inside = false
  for (let start = text.indexOf('{'); start !== -1 && found.objects.length <= maxObjects; ) {
    const end = closing(text, start)
    const object = text.slice(start, end + 1)
    const parsed = end === -1 ? undefined : parse(object)
    if (parsed !== undefined && 'value' in parsed) {
      // Within braces that are no JSON only what is plainly the plan counts: any other object may be a part of it.
      if (!inside || has(parsed.value, key)) found.objects.push({ text: object, value: parsed.value })
      start = text.indexOf('{', end + 1)
      continue
    }
    const next = text.indexOf('{', start + 1)
    // A brace in prose opens nothing; with a quoted name after it, it is an object.
    const isObject = text.slice(start, next === -1 ? text.length : next).includes('"')
    if (parsed !== undefined) found.malformed ??= parsed.problem
    else if (isObject) found.cut = true
    if (found.cut || ++starts > maxStarts) break
    inside = true
    start = isObject ? text.indexOf('{', end + 1) : next
  }
  return found
}

/** Where the brace at `start` is closed, strings heeded; -1 where it never is. */
function closing(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 34) at = endOfString(text, at)
    else if (code === 123) depth++
    else if (code === 125 && --depth === 0) return at
  }
  return -1
}

function parse(text: string): { value: unknown } | { problem: string } {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'no JSON' }
  }
}

function refuse(code: string, message: string): ReadReply {
  return { value: undefined, faults: [fault(code, 'reply', message)] }
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : value === undefined ? 'nothing' : `a ${typeof value}`
}
