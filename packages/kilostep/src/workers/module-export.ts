import type { AttemptContext, Worker } from '../worker.ts'

type Run = (input: unknown, context: AttemptContext) => unknown

/** What a module's export is: a worker of `defineWorker`, or the function of one. */
export type ModuleExport = { readonly worker: Worker } | { readonly run: Run } | { readonly problem: string }

/**
 * Imports the module and looks at its export. It loads nothing of the SDK, so that a thread starts quickly.
 *
 * @throws whatever the module throws when it is loaded.
 */
export async function importExport(url: string, name: string): Promise<ModuleExport> {
  const module = (await import(url)) as Record<string, unknown>
  const value = Object.hasOwn(module, name) ? module[name] : undefined
  if (value === undefined) {
    const names = Object.keys(module).map((one) => JSON.stringify(one))
    const there = names.length === 0 ? 'It exports nothing.' : `It exports ${names.slice(0, 10).join(', ')}.`
    return { problem: `has no export ${JSON.stringify(name)}. ${there}` }
  }
  // Not by its class: the module may have another copy of the SDK than this one.
  if (value !== null && typeof value === 'object' && (value as Worker).kind === 'worker')
    return { worker: value as Worker }
  if (typeof value === 'function') return { run: value as Run }
  const what = value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`
  return {
    problem: `exports ${what} as ${JSON.stringify(name)}. Export a worker of defineWorker, or a function (input, context) => answer.`,
  }
}
