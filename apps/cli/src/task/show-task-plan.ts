import { KilostepError, predictionText, requirePlan } from '@kilostep/core'
import { predict } from 'kilostep'
import { useColor } from '../color.ts'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { planDot, planMermaid } from '../plan-file/draw-plan.ts'
import { readText } from '../plan-file/read-text.ts'
import { planText } from '../plan-file/show-plan.ts'
import { subtaskList } from '../plan-file/subtask-list.ts'
import { predictOptionsOf, readPredictFlags } from '../predict/flags.ts'
import { requireWritable } from '../run/output-files.ts'
import { parted, readTaskFlags, requireModel } from './flags.ts'
import { makePlan, taskCrew } from './plan-task.ts'

const maxRecordBytes = 64 * 1_048_576

/**
 * Has a model split a task, and shows the plan with what it would come to. Nothing of it is run. Returns the exit code.
 *
 * @throws KilostepError with what is wrong with options or files, or `no-plan` with every fault.
 */
export async function showTaskPlan(task: string, given: unknown, io: Io): Promise<number> {
  const { task: own, rest } = parted(given)
  const { json, mermaid, dot, export: _, ...about } = rest
  const forms = Object.entries({ json, mermaid, dot }).filter(([, said]) => said === true)
  if (forms.length > 1)
    throw new KilostepError(
      'usage',
      `--${forms.map(([name]) => name).join(' and --')} exclude each other. Say one of them.`,
    )
  const flags = readTaskFlags(own)
  const asked = readPredictFlags(about)
  requireWritable({ '--save': flags.save }, [], io.folder)
  const record =
    asked.record === undefined ? undefined : await readText(asked.record, io.folder, maxRecordBytes)
  const options = predictOptionsOf(asked, record)
  const restore = io.divertStray((text) => io.stderr.write(text))
  try {
    const crew = await taskCrew(requireModel(flags, task), flags, options, io)
    const { plan, rounds, spent } = await makePlan(task, crew, flags, io)
    const prediction = predict(plan, { ...options, workers: crew.workers })
    const { stdout, env } = io
    const color = useColor(stdout, env)
    const { data } = plan
    const { graph } = requirePlan(data)
    const [form] = forms[0] ?? []
    if (form === 'json') {
      const made = { plan: data, prediction, planning: { rounds, ...spent }, mended: plan.mended }
      stdout.write(`${JSON.stringify(made, null, 2)}\n`)
    } else if (form === 'mermaid') stdout.write(`${planMermaid(graph)}%% ${prediction.message}\n`)
    else if (form === 'dot') stdout.write(`// ${prediction.message}\n${planDot(graph, data.name)}`)
    else {
      stdout.write(planText(data, graph, color))
      stdout.write(
        `\n${subtaskList(data, stdout.columns)}\n${predictionText(prediction, { color, width: stdout.columns })}`,
      )
    }
  } catch (error) {
    if (!(error instanceof KilostepError) || error.code !== 'interrupted') throw error
    io.stderr.write('\nInterrupted while the model planned.\n')
    return exitCode.interrupted
  } finally {
    restore()
  }
  return exitCode.succeeded
}
