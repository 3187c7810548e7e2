import {
  countTrial,
  createRandom,
  type GateSettings,
  gateSettings,
  gateVerdict,
  type Random,
  startTally,
} from '@kilostep/core'
import { fixedTest, gateBehaviour, sequentialTest } from '@kilostep/core/reliability'

/*
 * The error rates of the gate itself: exact, by following every tally, and simulated, through the same fold that counts
 * real trials. `npm run bench:gate -- 2000` takes so many gates each (10,000 without a number); the exit code is 1 where a figure misses its goal.
 */

const gates = Number(process.argv[2] ?? 10_000)
const alwaysValidGates = Math.ceil(gates / 20)
const sideBySide = 16
/** Expected trials if bad, if good: the table of the mathematics. */
const designs = [
  { bad: 0.7, good: 0.9, expected: [20, 25] },
  { bad: 0.8, good: 0.9, expected: [66, 75] },
  { bad: 0.85, good: 0.92, expected: [106, 122] },
  { bad: 0.9, good: 0.95, expected: [140, 163] },
] as const
const faults: string[] = []

/** How trials are made: how many side by side, how much longer failures take, and what they are counted by. */
interface Way {
  readonly concurrency: number
  readonly slow?: number
  readonly counted?: 'as started' | 'as they end'
}

interface Came {
  readonly pass: number
  readonly fail: number
  readonly inconclusive: number
  readonly trials: number
  readonly started: number
}

/** What so many gates come to; `trials` are those that the verdict stands on, `started` all. */
function simulate(design: GateSettings, rate: number, runs: number, random: Random, way: Way): Came {
  const came = { pass: 0, fail: 0, inconclusive: 0, trials: 0, started: 0 }
  for (let run = 0; run < runs; run++) {
    const gate = way.counted === 'as they end' ? countedAsTheyEnd : countedAsStarted
    const { verdict, trials, started } = gate(design, rate, random, way)
    came[verdict === 'undecided' ? 'inconclusive' : verdict]++
    came.trials += trials
    came.started += started
  }
  const { pass, fail, inconclusive, trials, started } = came
  return {
    pass: pass / runs,
    fail: fail / runs,
    inconclusive: inconclusive / runs,
    trials: trials / runs,
    started: started / runs,
  }
}

interface Flight {
  readonly index: number
  readonly passed: boolean
  readonly endsAt: number
}

/** The trials of one gate in the order in which they end. */
function* endings(
  design: GateSettings,
  rate: number,
  random: Random,
  { concurrency, slow = 1 }: Way,
): Generator<Flight & { readonly started: number }> {
  const flights: Flight[] = []
  let now = 0
  for (let index = 0; index < design.maxTrials || flights.length > 0; ) {
    while (flights.length < concurrency && index < design.maxTrials) {
      const passed = random.uniform() < rate
      const tookMs = (0.5 + random.uniform()) * (passed ? 1 : slow)
      flights.push({ index: index++, passed, endsAt: now + tookMs })
    }
    const first = flights.reduce((one, other) => (other.endsAt < one.endsAt ? other : one))
    flights.splice(flights.indexOf(first), 1)
    now = first.endsAt
    yield { ...first, started: index }
  }
}

function countedAsStarted(design: GateSettings, rate: number, random: Random, way: Way) {
  const tally = startTally(design)
  let started = 0
  for (const flight of endings(design, rate, random, way)) {
    started = flight.started
    countTrial(tally, flight.index, flight.passed ? 'passed' : 'failed')
    if (tally.verdict !== 'undecided') break
  }
  return { verdict: tally.verdict, trials: tally.passed + tally.failed, started }
}

function countedAsTheyEnd(design: GateSettings, rate: number, random: Random, way: Way) {
  let [passed, failed] = [0, 0]
  for (const flight of endings(design, rate, random, way)) {
    flight.passed ? passed++ : failed++
    const verdict = gateVerdict(design, passed, failed)
    if (verdict !== 'undecided') return { verdict, trials: passed + failed, started: flight.started }
  }
  return { verdict: 'undecided' as const, trials: passed + failed, started: passed + failed }
}

const print = (text: string): void => void process.stdout.write(`${text}\n`)
const share = (value: number): string => value.toFixed(4)
const head = (names: readonly string[]): void => {
  print(`\n| ${names.join(' | ')} |\n| ${names.map(() => '--:').join(' | ')} |`)
}
const row = (cells: readonly string[]): void => print(`| ${cells.join(' | ')} |`)
const require = (fine: boolean, what: string): void => {
  if (!fine) faults.push(what)
}

/** What chance alone allows a simulated share to be above its limit: 3 standard errors. */
const slack = (limit: number, runs: number): number => limit + 3 * Math.sqrt((limit * (1 - limit)) / runs)

print(`Each figure: exact, and of ${gates} simulated gates.`)
print('\nWald, uncapped: errors, and expected trials beside the table’s.')
head([
  'bad / good',
  'system',
  'wrong verdict',
  'simulated',
  'trials',
  'simulated',
  'table',
  'off by',
  `wrong, ${sideBySide} side by side`,
  'started',
])
for (const { bad, good, expected } of designs) {
  const test = sequentialTest({ bad, good })
  const design = gateSettings({ bad, good, alpha: 0.05, beta: 0.05, test: 'sequential', maxTrials: 10_000 })
  for (const [system, rate, wrong, table] of [
    ['bad', bad, 'pass', expected[0]],
    ['good', good, 'fail', expected[1]],
  ] as const) {
    const exact = gateBehaviour(test, rate)
    const seen = simulate(design, rate, gates, createRandom(`gate/${bad}/${rate}`), { concurrency: 1 })
    const wide = simulate(design, rate, gates, createRandom(`wide/${bad}/${rate}`), {
      concurrency: sideBySide,
    })
    const off = exact.trials / table - 1
    const name = `${bad}/${good} ${system}`
    require(exact[wrong] <= 0.05, `${name}: wrong in ${share(exact[wrong])}`)
    require(seen[wrong] <= slack(0.05, gates), `${name}: simulated wrong in ${share(seen[wrong])}`)
    require(wide[wrong] <= slack(0.05, gates), `${name}: side by side wrong in ${share(wide[wrong])}`)
    require(Math.abs(off) <= 0.05, `${name}: ${exact.trials.toFixed(1)} trials where the table has ${table}`)
    require(Math.abs(seen.trials / table - 1) <=
      0.05, `${name}: simulated ${seen.trials.toFixed(1)} trials, table ${table}`)
    row([
      `${bad} / ${good}`,
      system,
      share(exact[wrong]),
      share(seen[wrong]),
      exact.trials.toFixed(1),
      seen.trials.toFixed(1),
      String(table),
      `${(off * 100).toFixed(1)} %`,
      share(wide[wrong]),
      wide.started.toFixed(1),
    ])
  }
}

print('\nAt the default cap, twice the fixed number of trials; inconclusive is its own verdict.')
head(['bad / good', 'cap', 'system', 'pass', 'fail', 'inconclusive', 'inconclusive, simulated', 'trials'])
for (const { bad, good } of designs) {
  const design = gateSettings({ bad, good, alpha: 0.05, beta: 0.05, test: 'sequential' })
  const cap = design.maxTrials
  require(cap === 2 * fixedTest({ bad, good }).trials, `${bad}/${good}: cap ${cap}`)
  for (const [system, rate, wrong] of [
    ['bad', bad, 'pass'],
    ['good', good, 'fail'],
  ] as const) {
    const exact = gateBehaviour(sequentialTest({ bad, good }), rate, cap)
    const seen = simulate(design, rate, gates, createRandom(`cap/${bad}/${rate}`), { concurrency: 1 })
    require(exact[wrong] <= 0.05, `${bad}/${good} ${system} at ${cap}: wrong in ${share(exact[wrong])}`)
    row([
      `${bad} / ${good}`,
      String(cap),
      system,
      share(exact.pass),
      share(exact.fail),
      share(exact.undecided),
      share(seen.inconclusive),
      exact.trials.toFixed(1),
    ])
  }
}

const slow: Way = { concurrency: sideBySide, slow: 20 }
print('\nFailures that take 20 times as long as successes: counted as trials were started, and as they end.')
head([
  'bad / good',
  'system',
  'wrong, as started',
  'wrong, as they end',
  'right, as started',
  'right, as they end',
])
for (const { bad, good } of designs) {
  const design = gateSettings({ bad, good, alpha: 0.05, beta: 0.05, test: 'sequential' })
  for (const [system, rate, wrong, right] of [
    ['bad', bad, 'pass', 'fail'],
    ['good', good, 'fail', 'pass'],
  ] as const) {
    const started = simulate(design, rate, gates, createRandom(`slow/${bad}/${rate}`), slow)
    const ended = simulate(design, rate, gates, createRandom(`slow/${bad}/${rate}`), {
      ...slow,
      counted: 'as they end',
    })
    require(started[wrong] <=
      slack(0.05, gates), `${bad}/${good} ${system}, slow failures: wrong in ${share(started[wrong])}`)
    row([
      `${bad} / ${good}`,
      system,
      share(started[wrong]),
      share(ended[wrong]),
      share(started[right]),
      share(ended[right]),
    ])
  }
}

print(`\nAlways-valid, at its default cap, of ${alwaysValidGates} simulated gates.`)
head(['bad / good', 'cap', 'system', 'pass', 'fail', 'inconclusive', 'trials'])
for (const { bad, good } of designs) {
  const design = gateSettings({ bad, good, alpha: 0.05, beta: 0.05, test: 'always-valid' })
  for (const [system, rate, wrong] of [
    ['bad', bad, 'pass'],
    ['good', good, 'fail'],
  ] as const) {
    const seen = simulate(design, rate, alwaysValidGates, createRandom(`valid/${bad}/${rate}`), {
      concurrency: 1,
    })
    require(seen[wrong] <=
      slack(0.05, alwaysValidGates), `${bad}/${good} ${system}, always-valid: wrong in ${share(seen[wrong])}`)
    row([
      `${bad} / ${good}`,
      String(design.maxTrials),
      system,
      share(seen.pass),
      share(seen.fail),
      share(seen.inconclusive),
      seen.trials.toFixed(1),
    ])
  }
}

print(
  faults.length === 0
    ? '\nEvery figure holds.'
    : `\nMissed:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
)
process.exitCode = faults.length === 0 ? 0 : 1
