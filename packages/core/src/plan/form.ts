import type { z } from 'zod'
import type { Fault } from '../errors.ts'
import { type ReadIssue, readIssues, sentence } from '../issues.ts'
import { quote } from '../suggest.ts'
import {
  type Check,
  checkSchema,
  isName,
  type Plan,
  planSchema,
  planVersion,
  type Subtask,
  subtaskSchema,
} from './plan.ts'

/** Reads every part that can be read, so that one bad subtask does not hide the faults of the others. */
export function readForm(data: unknown, maxSubtasks: number, faults: Fault[]): Plan | undefined {
  if (!isRecord(data)) {
    const is =
      data === null
        ? 'null'
        : Array.isArray(data)
          ? 'a list'
          : data === undefined
            ? 'empty'
            : `a ${typeof data}`
    faults.push(
      fault('form', '', `A plan is an object with "kilostep", "name" and "subtasks", but this is ${is}.`),
    )
    return undefined
  }
  const version = data['kilostep']
  if (typeof version === 'number' && version > planVersion) {
    faults.push(
      fault(
        'version',
        'kilostep',
        `The plan has form ${version} and this Kilostep reads up to ${planVersion}. Update Kilostep.`,
      ),
    )
    return undefined
  }
  const head = planSchema.safeParse({ ...data, subtasks: [{ id: 'x', worker: 'x' }], checks: undefined })
  if (!head.success) pushIssues(readIssues(head.error, planSchema), '', faults)
  const subtasks = readList<Subtask>(data['subtasks'], 'subtasks', subtaskSchema, maxSubtasks, faults)
  const checks =
    data['checks'] === undefined
      ? []
      : readList<Check>(data['checks'], 'checks', checkSchema, maxSubtasks, faults)
  if (Array.isArray(data['subtasks']) && data['subtasks'].length === 0) {
    faults.push(fault('empty', 'subtasks', 'The plan has no subtasks. Give it at least one.'))
    return undefined
  }
  if (subtasks === undefined || checks === undefined) return undefined
  const base = head.success ? head.data : { kilostep: planVersion, name: 'unnamed' }
  const { checks: _, ...rest } = base as Plan
  return checks.length === 0 ? { ...rest, subtasks } : { ...rest, subtasks, checks }
}

function readList<T>(
  list: unknown,
  where: string,
  schema: z.ZodType,
  maxSubtasks: number,
  faults: Fault[],
): T[] | undefined {
  if (!Array.isArray(list)) {
    const is =
      list === undefined
        ? 'missing'
        : list === null
          ? 'null'
          : `${typeof list === 'object' ? 'an' : 'a'} ${typeof list}`
    faults.push(fault('form', where, `"${where}" must be a list, but it is ${is}.`))
    return undefined
  }
  if (list.length > maxSubtasks) {
    faults.push(
      fault(
        'limit',
        where,
        `The plan has ${list.length} ${where} and the limit is ${maxSubtasks}. Raise "maxSubtasks" or split the task.`,
      ),
    )
    return undefined
  }
  const good: T[] = []
  for (let i = 0; i < list.length; i++) {
    // Most subtasks of a large plan are as plain as can be: a look is cheaper than a parse and a copy.
    if (isPlain(list[i])) {
      good.push(list[i] as T)
      continue
    }
    const parsed = schema.safeParse(list[i])
    if (parsed.success) good.push(parsed.data as T)
    else pushIssues(readIssues(parsed.error, schema), `${where}[${i}]${named(list[i])}`, faults)
  }
  return good
}

function isPlain(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { id, worker } = value
  if (typeof id !== 'string' || typeof worker !== 'string') return false
  if (!isName(id) || !isName(worker)) return false
  for (const key in value) if (key !== 'id' && key !== 'worker' && key !== 'input') return false
  return Object.getPrototypeOf(value) === Object.prototype
}

function named(value: unknown): string {
  return isRecord(value) && typeof value['id'] === 'string' ? ` (${quote(value['id'])})` : ''
}

/** Issues as faults. */
export function pushIssues(
  issues: readonly ReadIssue[],
  where: string,
  faults: Fault[],
  code = 'form',
): void {
  for (const issue of issues) {
    const path = issue.path
      .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
      .join('')
    const place =
      where === ''
        ? path.replace(/^\./, '')
        : code === 'form'
          ? `${where}${path}`
          : `${where}${path === '' ? '' : `, at ${path.replace(/^\./, '')}`}`
    faults.push(fault(code, place, `${place === '' ? 'The plan' : place}: ${sentence(issue.message)}`))
  }
}

/** Every id that the data names, those of malformed subtasks too, so that an edge to one is no second fault. */
export function allIds(data: unknown): Set<string> {
  const names = new Set<string>()
  if (!isRecord(data)) return names
  for (const list of [data['subtasks'], data['checks']]) {
    if (!Array.isArray(list)) continue
    for (const item of list) if (isRecord(item) && typeof item['id'] === 'string') names.add(item['id'])
  }
  return names
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function fault(code: string, where: string, message: string): Fault {
  return { code, where, message }
}
