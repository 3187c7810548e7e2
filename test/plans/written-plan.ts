import { type Fault, type KnownWorker, nameReader, quote, repairPlan } from '@kilostep/core'
import { remarksOn } from './remarks.ts'

/** What became of one plan that a model wrote. */
export interface Verdict {
  /** The plan's own id, or its line. */
  readonly plan: string
  readonly verdict: 'accepted' | 'mended' | 'rejected'
  /** What had one safe reading, and how it is read. */
  readonly mended: readonly Fault[]
  readonly faults: readonly Fault[]
  /** What is no fault of the plan, and yet worth to be looked at. */
  readonly remarks: readonly Fault[]
}

/** The tools of a file: `{ "nodes": [{ "id": … }] }`, each a worker. */
export function readTools(text: string, file = 'the file'): Map<string, KnownWorker> {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (error) {
    throw new Error(`The tools in ${file} are not JSON: ${(error as Error).message}`)
  }
  const nodes = isRecord(data) ? data['nodes'] : data
  if (!Array.isArray(nodes)) throw new Error('The tools must be { "nodes": [{ "id": … }, …] }.')
  return new Map(
    nodes.map((node: unknown) => {
      const name = isRecord(node) ? node['id'] : node
      if (typeof name !== 'string') throw new Error('Every tool must have an "id" that is a text.')
      return [name, { name }]
    }),
  )
}

/**
 * One line of a file of plans: `{ id, task_nodes: [{ task, arguments }], task_links: [{ source, target }] }`, where a
 * node is named by its tool and a link leads from what is needed to what needs it.
 */
export function judgePlan(line: string, where: string, workers: ReadonlyMap<string, KnownWorker>): Verdict {
  const notes: Notes = { mended: [], faults: [], remarks: [] }
  let record: unknown
  try {
    record = JSON.parse(line)
  } catch {
    notes.faults.push(form('', 'The line is not JSON.'))
  }
  const id = isRecord(record) && typeof record['id'] === 'string' ? record['id'] : where
  if (notes.faults.length > 0) return { plan: id, verdict: 'rejected', ...notes }
  const repaired = repairPlan(toPlan(record, notes), { workers })
  const mended = [...notes.mended, ...repaired.mended]
  // What the form of the file hides, the plan lacks: that is no second fault.
  const faults = [...notes.faults, ...repaired.faults.filter(({ code }) => !hidden(code, notes))]
  const verdict = faults.length > 0 ? 'rejected' : mended.length > 0 ? 'mended' : 'accepted'
  return { plan: id, verdict, mended, faults, remarks: notes.remarks }
}

interface Notes {
  readonly mended: Fault[]
  readonly faults: Fault[]
  readonly remarks: Fault[]
}

function hidden(code: string, notes: Notes): boolean {
  return code === 'empty' && notes.faults.some((fault) => fault.code === 'form')
}

function toPlan(record: unknown, notes: Notes): unknown {
  if (!isRecord(record)) {
    notes.faults.push(form('', 'A plan is an object with "task_nodes" and "task_links".'))
    return { kilostep: 1, name: 'plan', subtasks: [] }
  }
  const nodes = readList(record, 'task_nodes', notes).flatMap((node, at) => readNode(node, at, notes))
  const ids = new Map<string, string>()
  const tasks = new Set(nodes.map(({ task }) => task))
  const oneEach = tasks.size === nodes.length
  const ownIds = new Set(nodes.map(({ id }) => id))
  // A tool that is used twice tells its nodes apart by their own ids, if they have them.
  const byTask = oneEach || ownIds.has(undefined) || ownIds.size < nodes.length
  for (const { id, task } of nodes) if (byTask && id !== undefined && !tasks.has(id)) ids.set(id, task)
  const subtasks = nodes.map(({ id, task, input }) => ({
    id: byTask ? task : (id as string),
    worker: task,
    ...(input === undefined ? undefined : { input: { $literal: input } }),
    needs: [] as string[],
  }))
  const read = nameReader(subtasks.map((subtask) => subtask.id))
  const end = (name: string): string => {
    const named = ids.get(name)
    if (named !== undefined) {
      notes.mended.push(fault('named-by-id', name, `A link names ${quote(named)} by its id, ${quote(name)}.`))
      return named
    }
    const meant = read(name) ?? name
    if (meant !== name) {
      const message = `A link names ${quote(name)}, read as ${quote(meant)}.`
      notes.mended.push(fault('respelled-subtask', name, message))
    }
    return meant
  }
  const lost = new Set<string>()
  for (const [at, given] of readList(record, 'task_links', notes).entries()) {
    const edge = readLink(given, at, notes)
    if (edge === undefined) continue
    const [source, target] = [end(edge.source), end(edge.target)]
    const subtask = subtasks.find(({ id }) => id === target)
    if (subtask !== undefined) {
      subtask.needs.push(source)
      continue
    }
    const link = JSON.stringify([source, target])
    if (lost.has(link)) {
      const message = `A link from ${quote(source)} to ${quote(target)} stands there more than once.`
      notes.mended.push(fault('repeated-edge', target, message))
    }
    lost.add(link)
    if (source === target) {
      notes.mended.push(fault('self-edge', target, `A link leads from ${quote(target)} to itself.`))
    }
    for (const name of [source, target]) {
      if (read(name) === undefined)
        notes.faults.push(
          fault('unknown-subtask', name, `A link names ${quote(name)}, which is not in the plan.`),
        )
    }
  }
  notes.remarks.push(...remarksOn(subtasks))
  return { kilostep: 1, name: 'plan', subtasks }
}

function readList(record: Record<string, unknown>, key: string, notes: Notes): readonly unknown[] {
  const list = record[key]
  if (Array.isArray(list)) return list
  notes.faults.push(form(key, `"${key}" must be a list.`))
  return []
}

function readNode(
  node: unknown,
  at: number,
  notes: Notes,
): { id: string | undefined; task: string; input: unknown }[] {
  const where = `task_nodes[${at}]`
  if (!isRecord(node) || typeof node['task'] !== 'string') {
    notes.faults.push(form(where, `${where} must be an object with a "task" that is a text.`))
    return []
  }
  const { task, arguments: input, id } = node
  leftOver(node, ['task', 'arguments', 'id'], where, notes)
  return [{ id: typeof id === 'string' ? id : undefined, task, input }]
}

function readLink(link: unknown, at: number, notes: Notes): { source: string; target: string } | undefined {
  const where = `task_links[${at}]`
  if (!isRecord(link) || typeof link['source'] !== 'string' || typeof link['target'] !== 'string') {
    notes.faults.push(form(where, `${where} must be an object with "source" and "target" that are texts.`))
    return undefined
  }
  leftOver(link, ['source', 'target'], where, notes)
  return { source: link['source'], target: link['target'] }
}

/** A choice has two readings; any other key says nothing that the form of the file could take. */
function leftOver(
  record: Record<string, unknown>,
  known: readonly string[],
  where: string,
  notes: Notes,
): void {
  for (const key of Object.keys(record)) {
    if (known.includes(key)) continue
    if (key === 'or') notes.faults.push(form(where, `${where} offers a choice with "or". Decide on one.`))
    else
      notes.mended.push(fault('unknown-key', where, `${where} has the key ${quote(key)}, which is left out.`))
  }
}

function form(where: string, message: string): Fault {
  return fault('form', where, message)
}

function fault(code: string, where: string, message: string): Fault {
  return { code, where, message }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
