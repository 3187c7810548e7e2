import { bullets, type Paint, painter, row } from '../report/lines.ts'
import { count, dollars, duration, percent, percentRange } from '../report/numbers.ts'
import { fitted, plainText } from '../report/plain.ts'
import { table, wrapped } from '../report/table.ts'
import type { TextOptions } from '../report/text.ts'
import type { PolicyPrediction, PredictedKind, Prediction } from './prediction.ts'
import { each, policyNames } from './wording.ts'

const barWidth = 10
const bases = {
  given: 'as you said',
  truth: 'held against the truth',
  votes: 'as its votes agree',
  nothing: '',
} as const

/** The prediction for people: what to expect, then the choices, then what it rests on. Ends with a line break. */
export function predictionText(prediction: Prediction, options: TextOptions): string {
  const width = Math.max(40, options.width)
  const paint = painter(options.color)
  const list = (title: string, style: 'bold' | 'bad', items: readonly string[]): string[] =>
    items.length === 0 ? [] : [paint(style, title), ...bullets(items, width)]
  const message = plainText(`${prediction.plan.name}: ${prediction.message}`)
  const sections = [
    wrapped(message, width).map((line) => paint('bold', line)),
    [...planLines(prediction, width), ...prediction.kinds.flatMap((kind) => kindLines(kind, width))],
    policyLines(prediction, width, paint),
    cheapestLines(prediction, width),
    list(
      'In the way',
      'bad',
      prediction.limits.map(({ message }) => message),
    ),
    list('Not known', 'bold', prediction.unknown),
    pilotLines(prediction, width, paint),
    list('Taken for granted', 'bold', prediction.assumes),
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function planLines({ subtasks, target, rateNeeded, policies }: Prediction, width: number): string[] {
  const { total, known, checks } = subtasks
  const judged = checks > 0 ? `, ${count(checks)} ${checks === 1 ? 'check' : 'checks'} over them` : ''
  const lines = row(
    'Subtasks',
    `${total === null ? `${count(known)} and more` : count(total)}${judged}`,
    width,
  )
  lines.push(...row('Target', `all of them right in ${percent(target)} of runs`, width))
  if (rateNeeded !== null && total !== null && total > 1) {
    const miss = 1 - rateNeeded
    const one = miss > 0 ? `, one mistake in ${count(1 / miss)}` : ''
    lines.push(
      ...row(
        policies.length === 0 ? 'It would take' : 'Without policies',
        `each right with a chance of ${digits(rateNeeded)} %${one}`,
        width,
      ),
    )
  }
  return lines
}

/** As many digits as it takes to tell it from certainty. */
function digits(rate: number): string {
  const places = Math.min(12, Math.max(1, Math.ceil(-Math.log10(Math.max(1e-14, 1 - rate))) - 1))
  return (rate * 100).toFixed(places)
}

function kindLines(
  { worker, subtasks, basis, rate, evidence, verified, mix, latency, hedged }: PredictedKind,
  width: number,
): string[] {
  const many = subtasks === null ? 'an unknown number' : count(subtasks)
  if (rate === null)
    return row(fitted(plainText(worker), 40), `${many}; how often it is right is not known`, width)
  const seen = evidence.answers === 0 ? '' : ` (${count(evidence.answers)} answers)`
  const range = rate.low === rate.high ? '' : `, ${percentRange(rate.low, rate.high)}`
  const judged = verified ? '; each answer is judged' : ''
  const hard = mix.filter((part) => part.rate < 0.75).reduce((sum, { share }) => sum + share, 0)
  const doubtful = hard >= 0.005 && mix.length > 1 ? `; ${percent(hard)} of subtasks are hard` : ''
  return row(
    fitted(plainText(worker), 40),
    `${many}; one attempt is right in ${percent(rate.expected)}${range}, ${bases[basis]}${seen}${doubtful}${judged}${timeOf(latency, hedged)}`,
    width,
  )
}

/** How long answers take, and what late duplicates make of it. */
function timeOf(latency: PredictedKind['latency'], hedged: PredictedKind['hedged']): string {
  if (latency === null) return ''
  const slow = `; half of its answers take up to ${duration(latency.p50Ms)}, one in a hundred over ${duration(latency.p99Ms)}`
  if (hedged === null) return slow
  return `${slow}, or over ${duration(hedged.p99Ms)} with late duplicates (${percent(hedged.duplicates)} more attempts)`
}

function bar(probability: number): string {
  const full = Math.round(probability * barWidth)
  return '█'.repeat(full) + '░'.repeat(barWidth - full)
}

function policyLines(prediction: Prediction, width: number, paint: Paint): string[] {
  const { target } = prediction
  const policies = prediction.policies.filter((policy) => !isOneAttempt(policy, prediction))
  if (policies.length === 0) return []
  const usd = policies.some(({ cost }) => cost.usd > 0)
  const tokens = policies.some(({ cost }) => cost.tokens > 0)
  const spread = policies.some(({ success }) => success.high - success.low > 0.0005)
  const columns = [
    {
      head: 'Policy',
      left: true,
      cells: policies.map(
        ({ policy, needsVerifier }) => policyNames[policy] + (needsVerifier.length > 0 ? ' *' : ''),
      ),
    },
    { head: 'all right', cells: policies.map(({ success }) => percent(success.expected)) },
    { head: 'each', cells: policies.map(({ attemptsEach }) => each(attemptsEach)) },
    ...(width < 60
      ? []
      : [{ head: '', left: true, cells: policies.map(({ success }) => bar(success.expected)) }]),
    { head: 'attempts', cells: policies.map(({ attempts }) => count(attempts)) },
    ...(usd ? [{ head: 'cost', cells: policies.map(({ cost }) => dollars(cost.usd)) }] : []),
    ...(spread
      ? [{ head: 'may be', cells: policies.map(({ success }) => percentRange(success.low, success.high)) }]
      : []),
    ...(tokens ? [{ head: 'tokens', cells: policies.map(({ cost }) => count(cost.tokens)) }] : []),
  ]
  const [head = '', ...rows] = table(columns, width - 2)
  const notes = [
    `✓ reaches ${percent(target)}. All right: how often every subtask would be right. Each: attempts that a subtask takes on average.`,
  ]
  const needs = [...new Set(policies.flatMap(({ needsVerifier }) => needsVerifier))]
  if (needs.length > 0)
    notes.push(
      `* if ${needs.map((name) => plainText(name)).join(', ')} had a verifier (verify) that never errs.`,
    )
  return [
    paint('dim', `  ${head}`),
    ...rows.map((line, i) => (policies[i]?.reaches ? paint('good', `✓ ${line}`) : `  ${line}`)),
    ...notes.flatMap((note) => wrapped(note, width - 2).map((line) => paint('dim', `  ${line}`))),
  ]
}

/** A plan without policies says nothing that the row of one attempt each does not. */
function isOneAttempt({ policy, attempts, success }: PolicyPrediction, { policies }: Prediction): boolean {
  const once = policies.find((other) => other.policy === 'one-attempt')
  return policy === 'plan' && attempts === once?.attempts && success.expected === once.success.expected
}

function cheapestLines({ cheapest, target }: Prediction, width: number): string[] {
  if (cheapest === null) return []
  if (!cheapest.reached) {
    return row(
      'Cheapest margins',
      `none reach ${percent(target)}; the most is ${percent(cheapest.success)}`,
      width,
    )
  }
  const kinds = cheapest.kinds.map(({ worker, margins }) => {
    const parts = margins.map(
      ({ margin, subtasks }) =>
        `${count(subtasks)} ${margin === 1 ? 'with one answer' : `at margin ${margin}`}`,
    )
    return `${cheapest.kinds.length > 1 ? `${plainText(worker)} ` : ''}${parts.join(' and ')}`
  })
  return row(
    'Cheapest margins',
    `${kinds.join('; ')}: ${each(cheapest.attemptsEach)} attempts a subtask`,
    width,
  )
}

function pilotLines({ pilot }: Prediction, width: number, paint: Paint): string[] {
  if (pilot === null) return []
  const paid = pilot.cost.usd > 0 ? `, about ${dollars(pilot.cost.usd)}` : ''
  const text = `Run a pilot: ${count(pilot.subtasks)} subtasks, ${pilot.votes} votes each, ${count(pilot.attempts)} attempts${paid}. It shows how often the votes agree, and the prediction follows from that.`
  return [paint('bold', 'What to do next'), ...bullets([text], width)]
}
