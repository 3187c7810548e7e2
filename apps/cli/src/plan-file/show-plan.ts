import { count, counted, KilostepError, type Plan, plainText, planShape, requirePlan } from '@kilostep/core'
import { useColor } from '../color.ts'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { crewOfPlan } from '../task/crew-of-plan.ts'
import { parted } from '../task/flags.ts'
import { planDot, planMermaid } from './draw-plan.ts'
import { loadPlan } from './load-plan.ts'

export interface ShowPlanOptions {
  readonly export?: string
  readonly json?: boolean
  readonly mermaid?: boolean
  readonly dot?: boolean
}

/**
 * Checks a plan and shows it in the form that was asked for. Returns the exit code.
 *
 * @throws KilostepError with every fault of the plan.
 */
export async function showPlan(file: string, options: ShowPlanOptions, io: Io): Promise<number> {
  const forms = (['json', 'mermaid', 'dot'] as const).filter((form) => options[form] === true)
  if (forms.length > 1)
    throw new KilostepError('usage', `--${forms.join(' and --')} exclude each other. Say one of them.`)
  const restore = io.divertStray((text) => io.stderr.write(text))
  try {
    const { known } = await crewOfPlan(parted(options).task, io)
    const { plan } = await loadPlan(file, io, { export: options.export, workers: known })
    io.stdout.write(shown(plan, forms[0], io))
  } finally {
    restore()
  }
  return exitCode.succeeded
}

function shown(plan: Plan, form: 'json' | 'mermaid' | 'dot' | undefined, io: Io): string {
  if (form === 'json') return `${JSON.stringify(plan, null, 2)}\n`
  const { graph } = requirePlan(plan)
  if (form === 'mermaid') return planMermaid(graph)
  if (form === 'dot') return planDot(graph, plan.name)
  return planText(plan, graph, useColor(io.stdout, io.env))
}

/** What a plan consists of. */
export function planText(plan: Plan, graph: Parameters<typeof planShape>[0], color: boolean): string {
  const shape = planShape(graph)
  const title = plainText(plan.name)
  const rows: (readonly [string, string, string?])[] = [
    [
      'Subtasks',
      count(shape.subtasks),
      shape.maps === 0 ? '' : `and what ${counted(shape.maps, 'map')} will add`,
    ],
    ['Edges', count(shape.edges)],
    ['Checks', count(shape.checks)],
    ['Longest road', count(shape.longestRoad), 'subtasks one after another'],
    ['Width', count(shape.width), 'subtasks that can run at once'],
  ]
  const size = Math.max(...rows.map(([, value]) => value.length))
  const lines = rows.map(([label, value, note = '']) =>
    `${label.padEnd(14)}${value.padStart(size)}  ${note}`.trimEnd(),
  )
  const nameSize = Math.max(6, ...shape.workers.map(({ worker }) => plainText(worker).length))
  const workers = shape.workers.map(({ worker, subtasks, checks }) => {
    const uses = [
      ...(subtasks > 0 ? [counted(subtasks, 'subtask')] : []),
      ...(checks > 0 ? [counted(checks, 'check')] : []),
    ]
    return `${plainText(worker).padEnd(nameSize)}  ${kindOf(plan, worker).padEnd(7)}  ${uses.join(', ')}`
  })
  const fine = color ? '\u001b[32mno faults\u001b[0m' : 'no faults'
  const about = plan.description === undefined ? [] : [plainText(plan.description)]
  return `${[`${title}: ${fine}`, ...about, '', ...lines, '', 'Workers', ...workers.map((line) => `  ${line}`)].join('\n')}\n`
}

function kindOf(plan: Plan, worker: string): string {
  const spec = plan.workers?.[worker]
  if (spec === undefined) return 'code'
  return 'command' in spec ? 'command' : 'module'
}
