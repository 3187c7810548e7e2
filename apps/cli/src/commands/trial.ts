import type { Command } from 'commander'
import type { Io } from '../io.ts'

/** `kilostep trial`: whether something is good enough, with a known error rate. */
export function addTrial(program: Command, io: Io): void {
  program
    .command('trial')
    .summary('try something until it is known whether it is good enough')
    .description(
      'Tries a plan, or any function of a module, until it is known with a given error rate whether it succeeds ' +
        'often enough, and stops there.\n\n' +
        'A trial passes where the run succeeds, or where the function returns true and does not throw. ' +
        'A module exports a plan, a function, or { run, check, inputs, good, bad … }.',
    )
    .argument('<plan or module>', 'plan.yaml, plan.json, or a module (.ts, .js …)')
    .option('--good <rate>', 'a success rate that should pass, like 0.9')
    .option('--bad <rate>', 'a success rate that must not pass, like 0.8')
    .option('--alpha <rate>', 'how often a bad one may pass (default: 0.05)')
    .option('--beta <rate>', 'how often a good one may fail (default: 0.05)')
    .option('--max-trials <number>', 'the most trials; still open then is inconclusive')
    .option('--min-trials <number>', 'go on to so many, for a comparison')
    .option(
      '--test <name>',
      'sequential, or always-valid: may be looked at at any time, takes more (default: sequential)',
    )
    .option('--concurrency <number>', 'how many trials may run side by side (default: 8)')
    .option('--thrifty', 'start no trial that may turn out not to be needed')
    .option('--seed <seed>', 'repeat the inputs and draws of earlier trials')
    .option('--timeout <time>', 'stop without a verdict after this time: 90s, 5m')
    .option('--trial-timeout <time>', 'a trial that takes longer has failed (default: 10m)')
    .option('--budget-usd <amount>', 'the most US dollars that all trials together may cost')
    .option('--budget-tokens <number>', 'the same for tokens')
    .option('--budget-attempts <number>', 'the same for attempts')
    .option(
      '--faults <profile>',
      'switch faults on: flaky-network, rate-limited, slow-tail, wrong-answers or crash',
    )
    .option('--compare <file>', 'compare with the results of an earlier release, trial by trial')
    .option('--across-plans', 'compare though the plan is another one')
    .option('--fail-if-worse', 'exit with 1 where it is worse than the earlier release')
    .option('--allow-inconclusive', 'exit with 0 where the trials do not tell')
    .option('--name <name>', 'what it is called (default: the name of the plan or file)')
    .option('--save <file>', 'keep the results, for --compare and kilostep trend')
    .option('--json', 'print the results as one JSON document and nothing else')
    .option('--markdown <file>', "write the results as Markdown, for a job's summary")
    .option('--junit <file>', 'write the results as JUnit XML, for CI systems')
    .option('--allow-commands', 'let the plan run the commands that it names')
    .option('--pass-env <names>', 'variables that its commands get beyond PATH and such: A,B or all')
    .option('--export <name>', 'which export of a module is tried (default: "default")')
    .option('-q, --quiet', 'show no progress')
    .addHelpText('after', examples)
    .action(async (file: string, options: unknown) => {
      const { tryOut } = await import('../trial/try-out.ts')
      io.exitWith(await tryOut(file, options, io))
    })
}

const examples = `
Examples:
  kilostep trial plan.yaml --good 0.9 --bad 0.8
  kilostep trial pipeline.ts --good 0.9 --bad 0.8 --max-trials 150 --budget-usd 2
  kilostep trial plan.ts --good 0.9 --bad 0.7 --faults flaky-network
  kilostep trial plan.ts --good 0.9 --bad 0.8 --min-trials 100 --save new.json --compare last.json

Exit codes: 0 passes, 1 fails, 2 wrong usage or nothing to try, 3 inconclusive, 130 interrupted.`
