import type { Command } from 'commander'
import type { Io } from '../io.ts'

/** `kilostep sim-model`: a language model for tests, as wrong and as unreliable as it is told to be. */
export function addSimModel(program: Command, io: Io): void {
  const many = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
  program
    .command('sim-model')
    .summary('serve a language model for tests, as unreliable as you say')
    .description(
      'Serves a language model that is none: it speaks the OpenAI chat protocol over HTTP, and is as wrong and as\n' +
        'unreliable as you say. Put your own agents under it. Ends with Ctrl-C, and then prints what it did.',
    )
    .option('--port <number>', 'where to listen; 0 takes any that is free', '4010')
    .option('--host <name>', 'on which address to listen', '127.0.0.1')
    .option(
      '--answers <file>',
      'what it says: a JSON list, one after another, or a TypeScript file with a function',
    )
    .option('--right <share>', 'how often it is right, like 0.978', '1')
    .option('--correlated <share>', 'share of its mistakes that it makes again whenever asked the same')
    .option('--fault <name=share>', 'share of requests that end in a fault; can be said again', many)
    .option('--rpm <number>', 'requests that it lets through in a minute, before it says 429')
    .option('--tpm <number>', 'tokens that it lets through in a minute')
    .option('--latency-ms <number>', 'how long it takes to answer')
    .option('--retry-after-ms <number>', 'what a 429 that is drawn asks for')
    .option('--seed <seed>', 'the same seed, the same mistakes and faults')
    .option('--api-key <key>', 'the key that a client must give')
    .option('--json', 'print where it is, and at the end what it did, as JSON')
    .addHelpText(
      'after',
      `
Faults: rate-limit, server-error, overloaded, hang, reset, cut, garbage, malformed, overlong, refusal.

Examples:
  kilostep sim-model
  kilostep sim-model --right 0.978 --fault rate-limit=0.1 --fault malformed=0.05
  kilostep sim-model --answers answers.json --rpm 500 --tpm 100000
  curl http://127.0.0.1:4010/sim/tally                    what it has done so far`,
    )
    .action(async (options: Readonly<Record<string, unknown>>) => {
      const { serveModel } = await import('../sim-model/serve-model.ts')
      io.exitWith(await serveModel(options, io))
    })
}
