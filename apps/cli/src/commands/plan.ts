import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { isTask } from '../task/flags.ts'
import { addTaskOptions } from '../task/options.ts'

/** `kilostep plan`: checks a plan and shows it without running it. */
export function addPlan(program: Command, io: Io): void {
  const command = program
    .command('plan')
    .summary('check a plan, or have a model make one, and show it without running it')
    .description(
      'Checks a plan and tells every fault at once; without one, shows what the plan consists of.\n' +
        'Runs no subtask and loads no worker of a plan file. A plan that is a module is loaded, since it makes the plan.\n' +
        'Given a task in words and --model, has the model split it, and shows what the plan would come to and cost.',
    )
    .argument('<plan>', 'plan.yaml, plan.json, plan.ts, - for standard input, or a task in words')
    .option('--export <name>', 'which export of a module is the plan (default: "default")')
    .option('--json', 'print the plan as JSON')
    .option('--mermaid', 'print the plan as a Mermaid flowchart')
    .option('--dot', 'print the plan as a Graphviz graph')
  addTaskOptions(command)
    .option('--target <probability>', 'of a task: the compound success asked for, like 0.9')
    .option('--rate <rates...>', 'of a task: how often one attempt of a worker is right: write=0.98')
    .option('--record <file>', 'of a task: what is known of the workers, as JSON')
    .option('--items <numbers...>', 'of a task: how many items maps have: 1000 for each, or id=1000')
    .addHelpText(
      'after',
      `
Examples:
  kilostep plan plan.yaml
  kilostep plan plan.ts --json > plan.json
  kilostep plan plan.yaml --dot | dot -Tsvg > plan.svg
  kilostep plan "Compare these licences" --given licences.json --model openai:gpt-5-mini --save plan.json`,
    )
    .action(async (plan: string, options: unknown) => {
      if (isTask(plan)) {
        const { showTaskPlan } = await import('../task/show-task-plan.ts')
        io.exitWith(await showTaskPlan(plan, options, io))
        return
      }
      const { showPlan } = await import('../plan-file/show-plan.ts')
      io.exitWith(await showPlan(plan, options as Parameters<typeof showPlan>[1], io))
    })
}
