import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Io } from '../io.ts'
import { seedOf } from '../seed.ts'

const mostRows = 10_000
const most = 1_000_000

/** `kilostep demo`: real work with real errors, offline and without a key. */
export function addDemo(program: Command, io: Io): void {
  const demo = program
    .command('demo')
    .summary('see what Kilostep is for: real work with real errors, offline')
    .description('Real work with real errors, offline and without a key.')
  demo
    .command('ledger')
    .summary('transcribe a handwritten ledger')
    .description(
      'Transcribes a ledger of handwritten digits with a small neural network that is right 97.8 % of the time per\n' +
        'digit, and shows what came of it with and without Kilostep.',
    )
    .option('--rows <number>', 'rows of ten digits each (default: 10)', whole(1, mostRows))
    .option(
      '--trials <number>',
      'ledgers to transcribe; more than one gives the rate of success',
      whole(1, most),
    )
    .addOption(
      new Option(
        '--target <share>',
        'work towards this compound success, and measure 10, 100 and 1,000 digits on two pools of images',
      )
        .argParser(share)
        .conflicts('plain'),
    )
    .option('--plain', 'one attempt a digit and no check')
    .option('--seed <seed>', 'which ledger, and which perturbations')
    .addOption(
      new Option('--pool <pool>', 'images that nothing was trained on, or those kept for settings').choices([
        'test',
        'validation',
      ]),
    )
    .option('--concurrency <number>', 'how many attempts may run at once', whole(1, most))
    .option('--json', 'print the report as one JSON document and nothing else')
    .addHelpText(
      'after',
      `
Examples:
  kilostep demo ledger
  kilostep demo ledger --target 0.9                       with votes and a stronger reader: 10, 100 and 1,000 digits
  kilostep demo ledger --rows 1 --trials 200 --plain      ten digits: right 80 % of the time
  kilostep demo ledger --rows 100 --trials 20 --plain     a thousand digits: never right
  kilostep demo ledger --rows 100 --trials 20             the same with checks and retries`,
    )
    .action(async (options: LedgerFlags) => {
      const { runLedgerDemo } = await import('../demo/ledger/demo.ts')
      const { seed, plain = false, json = false, ...rest } = options
      io.exitWith(await runLedgerDemo({ ...rest, plain, json, ...(seed && { seed: seedOf(seed) }) }, io))
    })
}

interface LedgerFlags {
  readonly rows?: number
  readonly trials?: number
  readonly target?: number
  readonly plain?: true
  readonly seed?: string
  readonly pool?: 'test' | 'validation'
  readonly concurrency?: number
  readonly json?: true
}

function whole(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= low && value <= high) return value
    throw new InvalidArgumentError(`It takes a whole number from ${low} to ${high}.`)
  }
}

function share(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0 && value < 1) return value
  throw new InvalidArgumentError('It takes a number over 0 and under 1, such as 0.9.')
}
