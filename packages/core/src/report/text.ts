import { adviceOf } from './advice.ts'
import { factsOf, weakSubtaskText } from './facts.ts'
import { count, counted, dollars, duration, percent, percentRange } from './numbers.ts'
import { fitted, plainText } from './plain.ts'
import type { RunReport, SuccessReport, TrialsReport } from './report.ts'
import { table, wrapped } from './table.ts'

export interface TextOptions {
  /** Whether to use a terminal's colours. */
  readonly color: boolean
  /** How many characters fit in a line; at least 40 are used. */
  readonly width: number
}

type Paint = (style: 'bold' | 'dim' | 'good' | 'bad', text: string) => string

const codes = { bold: 1, dim: 2, good: 32, bad: 31 } as const
const labelWidth = 18
const shownChain = 8
const shownWeak = 3

/** The report for people: what happened, then the figures, then what to do next. Ends with a line break. */
export function reportText(report: RunReport | TrialsReport, options: TextOptions): string {
  const width = Math.max(40, options.width)
  const paint: Paint = (style, text) => (options.color ? `\u001b[${codes[style]}m${text}\u001b[0m` : text)
  const sections = [
    headline(report, width, paint),
    [...inShort(report, width), ...successLines(report, width, paint), ...amounts(report, width)],
    kindLines(report, width, paint),
    ...(report.type === 'run'
      ? [failureLines(report, width, paint), weakLines(report, width, paint), chainLines(report, width)]
      : []),
    adviceLines(report, width, paint),
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function headline(report: RunReport | TrialsReport, width: number, paint: Paint): string[] {
  const name = plainText(report.plan.name)
  const { targetMet } = report.success
  const short = targetMet === false ? ' It fell short of its target.' : ''
  const message = plainText(report.message) + short
  if (report.type === 'trials') return wrapped(`${name}, ${counted(report.trials, 'run')}: ${message}`, width)
  const { status } = report
  const good = status === 'succeeded' && targetMet !== false
  const [first = '', ...rest] = wrapped(
    `${name} ${status === 'running' ? 'is running' : status}. ${message}`,
    width,
  )
  const painted = paint(status === 'running' ? 'bold' : good ? 'good' : 'bad', first)
  return [painted, ...rest]
}

function row(label: string, value: string, width: number): string[] {
  const space = ' '.repeat(labelWidth)
  return wrapped(value, width - labelWidth).map(
    (line, i) => (i === 0 ? label.padEnd(labelWidth) : space) + line,
  )
}

function inShort(report: RunReport | TrialsReport, width: number): string[] {
  return report.type === 'run' ? row('In short', plainText(report.summary), width) : []
}

function successLines(report: RunReport | TrialsReport, width: number, paint: Paint): string[] {
  const { success } = report
  const lines = row('Compound success', successSentence(success), width)
  const [first = '', ...rest] = lines
  const result = [
    paint('bold', first),
    ...rest,
    ...row('', meaning(report), width).map((line) => paint('dim', line)),
  ]
  if (!isUnknown(success)) {
    const { rate, low, high } = success.again
    result.push(...row('Another run', `${percent(rate)} (95 % interval ${percentRange(low, high)})`, width))
  }
  if (success.target !== null) {
    const met = success.targetMet === true ? 'reached' : 'not reached'
    result.push(...row('Target', `${percent(success.target)}, ${met}`, width))
  }
  if (success.horizon90 !== null && success.horizon90 > 0) {
    const horizon = `${counted(success.horizon90, 'such subtask')} would all be right nine times in ten`
    result.push(...row('Horizon', horizon, width))
  }
  return result
}

function successSentence(success: SuccessReport): string {
  const { predicted, low, high, naive, measured, n, basis } = success
  const interval = low === high ? '' : ` (95 % interval ${percentRange(low, high)})`
  if (measured !== null && !basis?.startsWith('audits')) {
    return `${percent(measured)}${interval}, one attempt each: ${percent(naive)}; measured over ${counted(n, 'run')} against ${plainText(basis ?? 'a truth')}, ${percent(predicted)} predicted`
  }
  if (isUnknown(success)) return 'unknown, because nothing was tried'
  if (success.unjudged.length > 0) {
    return `not known, because nothing judged the answers of ${success.unjudged.map((name) => plainText(name)).join(', ')}; what was seen speaks for ${percent(predicted)}${interval}`
  }
  return `${percent(predicted)}${interval}, one attempt each: ${percent(naive)}`
}

function isUnknown({ low, high, weakest, measured }: SuccessReport): boolean {
  return measured === null && low === 0 && high === 1 && weakest.length === 0
}

function meaning(report: RunReport | TrialsReport): string {
  if (report.type === 'trials' && report.success.measured !== null)
    return 'the share of runs with every subtask right, held against a truth'
  if (report.type === 'trials') return 'the mean of what these runs say of themselves; no truth was at hand'
  const chance = 'the chance that every subtask of this run is right'
  if (report.status === 'running') return `${chance}, as far as it got`
  const { planned, succeeded, fallbacks, superseded = 0 } = report.subtasks
  if (planned - superseded > succeeded || fallbacks > 0)
    return `${chance}; those that did not succeed are not`
  return `${chance}, as far as checks and votes tell; no truth was at hand`
}

function amounts(report: RunReport | TrialsReport, width: number): string[] {
  const { subtasks: s, attempts: a, spend } = report
  const fallbacks = s.fallbacks > 0 ? ` (${count(s.fallbacks)} with a fallback)` : ''
  const lines = row(
    'Subtasks',
    `${count(s.planned)} planned: ${count(s.succeeded)} succeeded${fallbacks}, ${count(s.failed)} failed, ${count(s.skipped)} skipped, ${count(s.cancelled)} cancelled${s.superseded === undefined ? '' : `, ${count(s.superseded)} superseded by another plan`}`,
    width,
  )
  if (report.type === 'run' && report.checks.planned > 0) {
    const { planned, accepted, failed, rejections } = report.checks
    lines.push(
      ...row(
        'Checks',
        `${count(planned)} planned: ${count(accepted)} accepted, ${count(failed)} failed; ${counted(rejections, 'rejection')} on the way`,
        width,
      ),
    )
  }
  lines.push(...row('Attempts', attemptsSentence(a), width))
  if (report.type === 'run') {
    for (const [label, text] of factsOf(report)) lines.push(...row(label, plainText(text), width))
  }
  lines.push(...row('Time', duration(report.durationMs), width))
  if (spend.usd > 0 || spend.tokens > 0) {
    lines.push(...row('Spend', `${dollars(spend.usd)}, ${counted(spend.tokens, 'token')}`, width))
  }
  if (report.type === 'run' && report.undone.done + report.undone.failed > 0) {
    const { done, failed } = report.undone
    lines.push(...row('Rolled back', `${count(done)} undone, ${count(failed)} could not be`, width))
  }
  return lines
}

function attemptsSentence(a: RunReport['attempts']): string {
  const bad = a.transport + a.flagged + a.wrong
  const kinds = [
    [a.transport, 'threw or timed out'],
    [a.flagged, 'flagged'],
    [a.wrong, 'wrong'],
  ] as const
  const list = kinds.filter(([many]) => many > 0).map(([many, what]) => `${count(many)} ${what}`)
  const failed = bad === 0 ? 'none failed' : `${count(bad)} failed (${list.join(', ')})`
  const cancelled = a.cancelled > 0 ? `, ${count(a.cancelled)} cancelled` : ''
  const hedged = a.hedged === undefined ? '' : `, ${counted(a.hedged, 'late duplicate')}`
  return `${count(a.started)} started: ${failed}${cancelled}${hedged}`
}

function kindLines(report: RunReport | TrialsReport, width: number, paint: Paint): string[] {
  const { kinds } = report
  if (kinds.length === 0) return []
  const rateOf = ({ rate }: { readonly rate: number | null }): string => (rate === null ? '–' : percent(rate))
  const columns = [
    { head: 'Worker', left: true, cells: kinds.map(({ worker }) => plainText(worker)) },
    { head: 'tried', cells: kinds.map(({ firstAttempt }) => count(firstAttempt.n)) },
    { head: 'first try', cells: kinds.map(({ firstAttempt }) => rateOf(firstAttempt)) },
    { head: 'in the end', cells: kinds.map(({ afterRecovery }) => rateOf(afterRecovery)) },
  ]
  if (report.type === 'run') {
    const { kinds } = report
    columns.push(
      { head: 'attempts', cells: kinds.map(({ attempts }) => count(attempts.started)) },
      { head: 'median', cells: kinds.map(({ p50Ms }) => duration(p50Ms)) },
      { head: '95 % under', cells: kinds.map(({ p95Ms }) => duration(p95Ms)) },
    )
    if (report.spend.usd > 0) columns.push({ head: 'spend', cells: kinds.map(({ usd }) => dollars(usd)) })
  }
  const [head = '', ...rows] = table(columns, width)
  return [paint('dim', head), ...rows]
}

function failureLines(report: RunReport, width: number, paint: Paint): string[] {
  const { failures, subtasks } = report
  if (failures.length === 0) return []
  const all = subtasks.failed + subtasks.fallbacks
  const shown = all > failures.length ? `, the first ${failures.length} of ${count(all)}` : ''
  const columns = [
    { head: '', left: true, cells: failures.map(({ subtask }) => fitted(plainText(subtask), 40)) },
    {
      head: '',
      left: true,
      cells: failures.map(
        ({ code, fallback }) => fitted(plainText(code), 20) + (fallback ? ' (fallback)' : ''),
      ),
    },
  ]
  const [, ...rows] = table(columns, width - 2)
  const size = rows.reduce((most, line) => Math.max(most, line.length), 0)
  const lines = rows.flatMap((line, i) => {
    const message = plainText(failures[i]?.message ?? '')
    const room = width - size - 4
    // In a narrow window the reason has a line of its own.
    if (room >= 24) return [`  ${line.padEnd(size)}  ${fitted(message, room)}`]
    return [`  ${fitted(line, width - 2)}`, `    ${fitted(message, width - 4)}`]
  })
  return [paint('bold', `Failed for good${shown}`), ...lines]
}

/** The subtasks that are most in doubt; those that failed are listed above. */
function weakLines({ success }: RunReport, width: number, paint: Paint): string[] {
  const weak = success.weakestSubtasks.filter(({ error }) => error < 1).slice(0, shownWeak)
  if (weak.length === 0) return []
  return [
    paint('bold', 'Most in doubt'),
    ...weak.flatMap((one) =>
      wrapped(`${fitted(plainText(one.subtask), 40)}: ${weakSubtaskText(one)}`, width - 2).map(
        (line) => `  ${line}`,
      ),
    ),
  ]
}

function chainLines(report: RunReport, width: number): string[] {
  const { durationMs, subtasks, last } = report.criticalPath
  if (subtasks < 2) return []
  const steps = last
    .slice(-shownChain)
    .map(({ subtask, durationMs: ms }) => `${fitted(plainText(subtask), 40)} ${duration(ms)}`)
  const before = subtasks > steps.length ? '… → ' : ''
  const text = `${duration(durationMs)} in ${counted(subtasks, 'subtask')}: ${before}${steps.join(' → ')}`
  return row('Longest chain', text, width)
}

function adviceLines(report: RunReport | TrialsReport, width: number, paint: Paint): string[] {
  const advice = adviceOf(report)
  if (advice.length === 0) return []
  return [
    paint('bold', 'What to do next'),
    ...advice.flatMap((text) =>
      wrapped(plainText(text), width - 4).map((line, i) => (i === 0 ? `  - ${line}` : `    ${line}`)),
    ),
  ]
}
