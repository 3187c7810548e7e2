import type { ModelRequest } from './model-request.ts'
import { sampleOf } from './sample.ts'

interface ToldWorker {
  readonly name: string
  readonly takes?: unknown
}

/**
 * The plan that a simulated model makes where a planner of Kilostep asks for one: with the workers that it was told of,
 * and of no sense. Undefined where something else is asked for.
 */
export function samplePlan(request: Pick<ModelRequest, 'system' | 'prompt' | 'schema'>): unknown {
  const properties = (request.schema as { properties?: Record<string, unknown> } | null)?.properties
  if (properties?.['subtasks'] === undefined) return undefined
  const workers = request.system.split('\n').flatMap(workerOf)
  const [first] = workers
  if (first === undefined) return undefined
  // Ids are new where a part of a plan is replaced.
  const again = request.prompt.includes('failed for good') ? ` again ${request.prompt.length}` : ''
  const has = (name: string): boolean => workers.some((worker) => worker.name === name)
  if (has('list') && has('write')) {
    return {
      name: 'A simulated plan',
      subtasks: [
        { id: `parts${again}`, worker: 'list', input: { instruction: 'List the parts of the task.' } },
        {
          id: `each part${again}`,
          worker: 'write',
          map: { over: { $from: `parts${again}` } },
          input: { instruction: 'Do this part.', data: { $item: [] } },
        },
        {
          id: `all together${again}`,
          worker: 'write',
          input: { instruction: 'Put the parts together.', data: { $from: `each part${again}` } },
        },
      ],
      output: { $from: `all together${again}` },
    }
  }
  const subtasks = workers
    .filter(({ name }) => name !== 'split')
    .map(({ name, takes }) => ({
      id: `${name}${again}`,
      worker: name,
      ...(takes === undefined ? undefined : { input: sampleOf(takes, name) }),
    }))
  return { name: 'A simulated plan', subtasks }
}

function workerOf(line: string): ToldWorker[] {
  if (!line.startsWith('{"name":')) return []
  try {
    const worker = JSON.parse(line) as ToldWorker
    return typeof worker.name === 'string' ? [worker] : []
  } catch {
    return []
  }
}
