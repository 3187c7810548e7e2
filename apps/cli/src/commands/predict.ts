import type { Command } from 'commander'
import type { Io } from '../io.ts'

/** `kilostep predict`: what a plan would come to, before it runs. */
export function addPredict(program: Command, io: Io): void {
  program
    .command('predict')
    .summary('say what a plan would come to, and cost, before it runs')
    .description(
      'Says how often every subtask of a plan would be right, with one attempt each and under each policy, what that\n' +
        'costs, and what stands in the way. Runs nothing, unless --pilot asks for a small trial of its workers.',
    )
    .argument('<plan>', 'plan.yaml, plan.json, plan.ts, or - for standard input')
    .option('--target <probability>', 'the compound success asked for, like 0.9 (default: 0.9)')
    .option('--rate <rates...>', 'how often one attempt of a worker is right: read=0.98')
    .option('--record <file>', 'what is known of the workers, as JSON: of an earlier run or pilot')
    .option('--items <numbers...>', 'how many items maps have: 1000 for each, or id=1000')
    .option('--pilot <subtasks>', 'really try this many subtasks of each worker first')
    .option('--votes <number>', 'how many votes the pilot asks for on each (default: 5)')
    .option('--budget-attempts <number>', 'say whether this many attempts will do; the most for a pilot')
    .option('--budget-usd <amount>', 'the same for US dollars')
    .option('--seed <seed>', 'draws the sample of the pilot (default: 1)')
    .option('--allow-commands', 'let the pilot run the commands that the plan names')
    .option('--pass-env <names>', 'variables that its commands get beyond PATH and such: A,B or all')
    .option('--export <name>', 'which export of a module is the plan (default: "default")')
    .option('--save-record <file>', 'write what the pilot learned, for --record')
    .option('--model <model>', 'the model that the general workers of a plan of plan --save are on')
    .option('--price <in,out>', 'what a million tokens of the model cost, in US dollars: 0.25,2')
    .option('--workers <file>', 'a module that exports the workers that the plan names')
    .option('--json', 'print the prediction as one JSON document and nothing else')
    .addHelpText('after', examples)
    .action(async (plan: string, options: unknown) => {
      const { predictPlan } = await import('../predict/predict-plan.ts')
      io.exitWith(await predictPlan(plan, options, io))
    })
}

const examples = `
Examples:
  kilostep predict plan.yaml --rate read=0.98
  kilostep predict plan.ts --pilot 20 --save-record record.json
  kilostep predict plan.ts --record record.json --target 0.95 --json

Exit codes: 0 predicted, whatever it says; 1 the pilot failed; 2 wrong usage or invalid plan.`
