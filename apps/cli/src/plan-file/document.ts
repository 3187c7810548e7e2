import type { Fault } from '@kilostep/core'
import {
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml'

// A few lines with aliases can stand for billions of values.
const maxAliases = 100

/** Data that was read from a text, what is wrong with the text, and where in it things stand. */
export interface ReadDocument {
  readonly data: unknown
  readonly faults: readonly Fault[]
  /** The line of a fault's place: a path like `subtasks[3].input`, or a subtask's id. */
  lineOf(where: string): number | undefined
}

/** Reads YAML 1.2, strictly: one document, no key twice, no tags that would make other things than JSON. */
export function readYaml(text: string): ReadDocument {
  const { document, lines } = parsed(text)
  const faults = [...document.errors, ...document.warnings].map((error) =>
    faultAt(lines, error.pos[0], `${firstLine(error.message)}.`),
  )
  faults.push(...duplicateKeys(document, lines))
  let data: unknown
  if (faults.length === 0) {
    try {
      data = document.toJS({ maxAliasCount: maxAliases })
    } catch (error) {
      const why = (error as Error).message
      const message = /Excessive alias/.test(why)
        ? `Its aliases (*name) stand for far more than ${maxAliases} times what they repeat. Use fewer.`
        : `It cannot be read: ${why}.`
      faults.push({ code: 'yaml', where: '', message })
    }
  }
  return { data, faults, lineOf: (where) => lineOf(document, lines, where) }
}

/** Reads JSON, and where it is short enough to be written by hand, finds keys that are there twice. */
export function readJson(text: string): ReadDocument {
  const byHand = text.length <= 2_097_152
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (error) {
    const message = `It is not JSON: ${(error as Error).message}.`
    return { data, faults: [{ code: 'json', where: '', message }], lineOf: () => undefined }
  }
  if (!byHand) return { data, faults: [], lineOf: () => undefined }
  const { document, lines } = parsed(text)
  return {
    data,
    faults: duplicateKeys(document, lines),
    lineOf: (where) => lineOf(document, lines, where),
  }
}

function parsed(text: string): { readonly document: Document; readonly lines: LineCounter } {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    merge: true,
    // Found below in linear time; here a map of 100,000 keys would take minutes.
    uniqueKeys: false,
    stringKeys: true,
    resolveKnownTags: false,
    prettyErrors: false,
    // Not silent: that would also hide a second document.
    logLevel: 'error',
  })
  return { document, lines }
}

function duplicateKeys(document: Document, lines: LineCounter): Fault[] {
  const faults: Fault[] = []
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>()
      for (const { key } of map.items) {
        if (!isScalar(key) || key.value === '<<') continue
        if (seen.has(key.value)) {
          const message = `The key ${JSON.stringify(key.value)} is there twice. Take one away.`
          faults.push(faultAt(lines, key.range?.[0] ?? 0, message))
        }
        seen.add(key.value)
      }
    },
  })
  return faults
}

function faultAt(lines: LineCounter, offset: number, message: string): Fault {
  return { code: 'yaml', where: '', message: `line ${lines.linePos(offset).line}: ${message}` }
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/[.:]$/, '')
}

function lineOf(document: Document, lines: LineCounter, where: string): number | undefined {
  if (where === '') return undefined
  const offset = offsetOfPath(document, pathOf(where)) ?? offsetOfId(document, where)
  return offset === undefined ? undefined : lines.linePos(offset).line
}

/** `subtasks[3] ("a").input.url` as steps; what stands in brackets after an index only names it. */
function pathOf(where: string): (string | number)[] {
  return [...where.replaceAll(/ \("(?:[^"\\]|\\.)*"\)/g, '').matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, index, key]) => (index === undefined ? (key as string) : Number(index)),
  )
}

/** Where the last part of a path stands that is there at all; undefined where not even its beginning is. */
function offsetOfPath(document: Document, path: readonly (string | number)[]): number | undefined {
  let node: unknown = document.contents
  let offset: number | undefined
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step)
      if (!isPair(pair)) break
      offset = isNode(pair.key) ? (pair.key.range?.[0] ?? offset) : offset
      node = pair.value
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step]
      if (isNode(node)) offset = node.range?.[0] ?? offset
    } else break
  }
  return offset
}

function offsetOfId(document: Document, id: string): number | undefined {
  for (const list of ['subtasks', 'checks']) {
    const items = document.get(list)
    if (!isSeq(items)) continue
    for (const item of items.items) {
      if (isMap(item) && item.get('id') === id) return item.range?.[0]
    }
  }
  return undefined
}
