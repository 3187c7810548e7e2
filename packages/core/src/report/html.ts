import { adviceOf } from './advice.ts'
import { curvesOf } from './curves.ts'
import { factsOf, weakSubtaskText } from './facts.ts'
import { htmlStyle } from './html-style.ts'
import { count, counted, dollars, duration, percent, percentRange } from './numbers.ts'
import { attemptsPicture, weakestPicture } from './picture/bar-pictures.ts'
import { intervalPicture } from './picture/interval-picture.ts'
import { successPicture } from './picture/success-picture.ts'
import { escaped, px } from './picture/svg.ts'
import { timelinePicture } from './picture/timeline-picture.ts'
import type { RunReport, TrialsReport } from './report.ts'

const mostAttempts = 30

/**
 * The report as one page that needs nothing else: no script, no font, no address is loaded, and its policy forbids it.
 * Every text that came from a plan or a worker is escaped.
 */
export function reportHtml(report: RunReport | TrialsReport): string {
  const title = `${report.plan.name}: ${report.type === 'run' ? report.status : counted(report.trials, 'run')}`
  const pictures =
    report.type === 'run'
      ? [`<div class="two">${attemptsCard(report)}${weakestCard(report)}</div>`, timelineCard(report)]
      : [weakestCard(report)]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title>
<style>${htmlStyle}</style>
</head>
<body>
<main>
${[
  header(report),
  hero(report),
  tiles(report),
  factsCard(report),
  successCard(report),
  ...pictures,
  adviceCard(report),
  kindsCard(report),
  ...(report.type === 'run' ? [failuresCard(report), doubtCard(report), chainCard(report)] : []),
  footer(report),
]
  .filter((part) => part !== '')
  .join('\n')}
</main>
</body>
</html>
`
}

function isGood(report: RunReport | TrialsReport): boolean {
  const fine = report.type === 'trials' || report.status === 'succeeded' || report.status === 'running'
  return fine && report.success.targetMet !== false
}

function header(report: RunReport | TrialsReport): string {
  const state = report.type === 'run' ? report.status : counted(report.trials, 'run')
  const short = report.success.targetMet === false ? ', short of target' : ''
  return `<header><span class="pill${isGood(report) ? '' : ' bad'}">${escaped(state)}${short}</span><h1>${escaped(report.plan.name)}</h1><p>${escaped(report.type === 'run' ? report.summary : report.message)}</p></header>`
}

/** Nothing judged some of its answers: what it counts as right says nothing of what is. */
function isUnjudged({ success }: RunReport | TrialsReport): boolean {
  return success.unjudged.length > 0 && success.measured === null
}

function unjudgedHero({ success }: RunReport | TrialsReport): string {
  const names = escaped(success.unjudged.join(', '))
  const seen = `What was seen speaks for ${percent(success.predicted)} (95 % interval ${percentRange(success.low, success.high)}), if every answer that came is right.`
  return `<section class="card"><h2>Compound success</h2><div class="big">not known</div><p class="soft">The chance that every subtask is right: nothing judged the answers of ${names}. ${seen}</p></section>`
}

function hero(report: RunReport | TrialsReport): string {
  if (isUnjudged(report)) return unjudgedHero(report)
  const { success } = report
  const { predicted, low, high, target } = success
  // What audits of one run say is told apart: they saw a share of its answers.
  const measured = report.type === 'trials' ? success.measured : null
  const shown = measured ?? predicted
  const what =
    measured !== null
      ? `measured over ${counted(success.n, 'run')} against ${escaped(success.basis ?? 'a truth')}; ${percent(predicted)} was predicted`
      : report.type === 'run'
        ? 'predicted from what checks and votes saw; no truth was at hand'
        : 'the mean of what the runs say of themselves; no truth was at hand'
  const met =
    target === null
      ? ''
      : `<p class="soft">Target ${percent(target)}: ${success.targetMet ? 'reached' : 'not reached'}.</p>`
  const picture = intervalPicture({ shown, low, high, naive: success.naive, target })
  return `<section class="card hero"><div><h2>Compound success</h2><div class="big${isGood(report) ? '' : ' bad'}">${percent(shown)}</div><p class="soft">The chance that every subtask is right, ${what}.</p>${met}</div><figure>${picture}<figcaption>The band is the 95 % interval, ${percentRange(low, high)}. With one attempt each it would be ${percent(success.naive)}.</figcaption></figure></section>`
}

function tile(value: string, what: string): string {
  return `<div class="card"><span class="tile">${value}</span><span class="soft">${what}</span></div>`
}

function tiles(report: RunReport | TrialsReport): string {
  const { subtasks, attempts, spend, success } = report
  const tried = subtasks.succeeded + subtasks.failed
  const list = [
    tile(`${count(subtasks.succeeded)} / ${count(subtasks.planned)}`, 'subtasks succeeded'),
    tile(
      count(attempts.started),
      `attempts${tried > 0 ? `, ${(attempts.started / tried).toFixed(2)} a subtask` : ''}${attempts.hedged === undefined ? '' : `, ${counted(attempts.hedged, 'late duplicate')}`}`,
    ),
    tile(duration(report.durationMs), 'time'),
  ]
  if (spend.usd > 0 || spend.tokens > 0)
    list.push(
      tile(dollars(spend.usd), `spent${spend.tokens > 0 ? `, ${counted(spend.tokens, 'token')}` : ''}`),
    )
  if (success.horizon90 !== null && success.horizon90 > 0)
    list.push(tile(count(success.horizon90), 'such subtasks would all be right nine times in ten'))
  return `<section class="tiles" aria-label="Figures">${list.join('')}</section>`
}

function figure(title: string, picture: string, caption: string, wide = false): string {
  return `<section class="card"><figure><h2>${title}</h2><figcaption>${caption}</figcaption>${wide ? `<div class="wide">${picture}</div>` : picture}</figure></section>`
}

function successCard(report: RunReport | TrialsReport): string {
  const curves = isUnjudged(report) ? undefined : curvesOf(report)
  if (curves === undefined) return ''
  return figure(
    'The longer the plan, the more it takes',
    successPicture(curves),
    `<i class="key"></i><span>${curves.again ? 'as another run would go' : 'as it was done'}</span><i class="key before"></i><span>with one attempt each</span>`,
    true,
  )
}

function attemptsCard({ attemptsEach }: RunReport): string {
  if (attemptsEach.length === 0) return ''
  return figure(
    'Attempts per subtask',
    attemptsPicture(attemptsEach, mostAttempts),
    'How often each was tried',
  )
}

function weakestCard(report: RunReport | TrialsReport): string {
  const links = isUnjudged(report) ? [] : report.success.weakest.filter(({ share }) => share > 0)
  if (links.length === 0) return ''
  return figure('Weakest links', weakestPicture(links), 'Where the compound success is lost')
}

function timelineCard({ timeline }: RunReport): string {
  const ended = [...timeline.succeeded, ...timeline.failed].reduce((sum, one) => sum + one, 0)
  if (ended === 0) return ''
  const bad = timeline.failed.some((one) => one > 0) ? '; the red marks are failures' : ''
  return figure('Timeline', timelinePicture(timeline), `Subtasks that had succeeded by then${bad}`, true)
}

function adviceCard(report: RunReport | TrialsReport): string {
  const advice = adviceOf(report)
  if (advice.length === 0) return ''
  const items = advice.map((text) => `<li>${escaped(text)}</li>`).join('')
  return `<section class="card"><h2>What to do next</h2><ul>${items}</ul></section>`
}

/** Cells are markup already. */
function tableOf(
  heads: readonly (readonly [string, string])[],
  rows: readonly (readonly string[])[],
): string {
  const head = heads.map(([name, style]) => `<th scope="col"${style}>${name}</th>`).join('')
  const body = rows
    .map((cells) => `<tr>${cells.map((cell, i) => `<td${heads[i]?.[1] ?? ''}>${cell}</td>`).join('')}</tr>`)
    .join('')
  return `<div class="scroll" tabindex="0" role="region" aria-label="Table"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
}

const text = ' class="text"'

function kindsCard(report: RunReport | TrialsReport): string {
  if (report.kinds.length === 0) return ''
  const rate = (of: { readonly rate: number | null }): string => (of.rate === null ? '–' : percent(of.rate))
  const common = [
    ['worker', text],
    ['tried', ''],
    ['first attempt right', ''],
    ['in the end', ''],
  ] as const
  const first = (kind: (typeof report.kinds)[number]): string[] => [
    escaped(kind.worker),
    count(kind.firstAttempt.n),
    rate(kind.firstAttempt),
    rate(kind.afterRecovery),
  ]
  const list =
    report.type === 'trials'
      ? tableOf(common, report.kinds.map(first))
      : tableOf(
          [
            ...common,
            ['attempts', ''],
            ['threw', ''],
            ['flagged', ''],
            ['wrong', ''],
            ['median', ''],
            ['95 % under', ''],
          ],
          report.kinds.map((kind) => [
            ...first(kind),
            count(kind.attempts.started),
            count(kind.attempts.transport),
            count(kind.attempts.flagged),
            count(kind.attempts.wrong),
            duration(kind.p50Ms),
            duration(kind.p95Ms),
          ]),
        )
  return `<section class="card"><h2>Workers</h2>${list}</section>`
}

function factsCard(report: RunReport | TrialsReport): string {
  if (report.type === 'trials') return ''
  const facts = factsOf(report)
  if (facts.length === 0) return ''
  const rows = facts.map(([label, text]) => `<dt>${escaped(label)}</dt><dd>${escaped(text)}</dd>`)
  return `<section class="card"><h2>How that is known</h2><dl>${rows.join('')}</dl></section>`
}

function doubtCard({ success }: RunReport): string {
  const { weakestSubtasks } = success
  if (weakestSubtasks.length === 0) return ''
  const rows = weakestSubtasks.map((one) => [
    escaped(one.subtask),
    `<span class="meter" aria-hidden="true"><i style="width:${px(100 * Math.min(1, one.share))}%"></i></span>${percent(one.share)}`,
    escaped(weakSubtaskText(one)),
  ])
  const heads = [
    ['subtask', text],
    ['share of what is lost', ''],
    ['why', text],
  ] as const
  return `<section class="card"><h2>Weakest subtasks</h2>${tableOf(heads, rows)}</section>`
}

function failuresCard({ failures, subtasks }: RunReport): string {
  if (failures.length === 0) return ''
  const all = subtasks.failed + subtasks.fallbacks
  const some =
    all > failures.length ? ` <span class="soft">the first ${failures.length} of ${count(all)}</span>` : ''
  const rows = failures.map(({ subtask, code, message, fallback }) => [
    escaped(subtask),
    `<code>${escaped(code)}</code>${fallback ? ' (fallback)' : ''}`,
    escaped(message),
  ])
  const heads = [
    ['subtask', text],
    ['why', text],
    ['message', text],
  ] as const
  return `<section class="card"><h2>Failed for good${some}</h2>${tableOf(heads, rows)}</section>`
}

function chainCard({ criticalPath }: RunReport): string {
  const { durationMs, subtasks, last } = criticalPath
  if (subtasks < 2) return ''
  const steps = last.map(
    ({ subtask, durationMs: ms }) => `<span>${escaped(subtask)} <b>${duration(ms)}</b></span>`,
  )
  const before = subtasks > last.length ? '<span>…</span>' : ''
  return `<section class="card"><h2>Longest chain</h2><p class="soft">${duration(durationMs)} in ${counted(subtasks, 'subtask')}, one after another: the run could not be faster.</p><div class="chain">${before}${steps.join('')}</div></section>`
}

function footer(report: RunReport | TrialsReport): string {
  if (report.type === 'trials') return '<footer>Made by Kilostep.</footer>'
  return `<footer>Run <code>${escaped(report.run)}</code>, seed <code>${escaped(String(report.seed))}</code>, plan <code>${escaped(report.plan.digest.slice(0, 23))}</code>. Made by Kilostep from the run's journal.</footer>`
}
