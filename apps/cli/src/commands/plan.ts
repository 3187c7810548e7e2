import type { Command } from 'commander'
import type { Io } from '../io.ts'

/** `kilostep plan`: checks a plan and shows it without running it. */
export function addPlan(program: Command, io: Io): void {
  program
    .command('plan')
    .summary('check a plan and show it without running it')
    .description(
      'Checks a plan and tells every fault at once; without one, shows what the plan consists of.\n' +
        'Runs no subtask and loads no worker of a plan file. A plan that is a module is loaded, since it makes the plan.',
    )
    .argument('<plan>', 'plan.yaml, plan.json, plan.ts, or - for standard input')
    .option('--export <name>', 'which export of a module is the plan (default: "default")')
    .option('--json', 'print the plan as JSON')
    .option('--mermaid', 'print the plan as a Mermaid flowchart')
    .option('--dot', 'print the plan as a Graphviz graph')
    .addHelpText(
      'after',
      `
Examples:
  kilostep plan plan.yaml
  kilostep plan plan.ts --json > plan.json
  kilostep plan plan.yaml --dot | dot -Tsvg > plan.svg`,
    )
    .action(async (plan: string, options: unknown) => {
      const { showPlan } = await import('../plan-file/show-plan.ts')
      io.exitWith(await showPlan(plan, options as Parameters<typeof showPlan>[1], io))
    })
}
