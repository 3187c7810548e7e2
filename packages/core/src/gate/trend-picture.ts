import { percent, percentRange } from '../report/numbers.ts'
import { escaped, label, line, path, px } from '../report/picture/svg.ts'
import { fitted, plainText } from '../report/plain.ts'
import type { GateReport } from './report.ts'
import { changesOf, type Release } from './trend.ts'

const left = 56
const right = 96
const top = 44
const bottom = 58
const height = 320
const narrowest = 640
const step = 44

const style = `
text{font:12px system-ui,sans-serif;fill:#59636e}
.title{font-size:14px;font-weight:600;fill:#1f2328}
.grid{stroke:#d1d9e0}.bound{stroke:#59636e;stroke-dasharray:5 4}.whisker{stroke:#59636e;stroke-width:1.5}
.course{fill:none;stroke:#0969da;stroke-width:1.5}.pass{fill:#1a7f37}.fail{fill:#d1242f}.inconclusive{fill:#9a6700}
.change{stroke:#8250df;stroke-dasharray:2 3}.back{fill:#fff}
@media(prefers-color-scheme:dark){text{fill:#9198a1}.title{fill:#f0f6fc}.grid{stroke:#3d444d}.back{fill:#0d1117}
.bound,.whisker{stroke:#9198a1}.course{stroke:#4493f8}.pass{fill:#3fb950}.fail{fill:#f85149}.inconclusive{fill:#d29922}}`

/**
 * The success of a gate over releases as a picture of its own (SVG): each with its interval and verdict, the two rates
 * that the gate tells apart, and a mark where plan, inputs or gate changed, since what is left of it and right of it is
 * not the same thing. Follows the reader's light or dark.
 */
export function trendPicture(releases: readonly Release[]): string {
  const width = Math.max(narrowest, left + right + step * releases.length)
  const lows = releases.map(({ report: { success, design } }) => Math.min(success.low, design.bad))
  const floor = Math.max(0, Math.floor((Math.min(...lows, 0.9) - 0.02) * 10) / 10)
  const y = (rate: number): number => top + ((1 - rate) / (1 - floor)) * (height - top - bottom)
  const room = (width - left - right) / Math.max(1, releases.length)
  const x = (index: number): number => left + room * (index + 0.5)
  const name = plainText(releases[0]?.report.name ?? 'nothing')
  const title = `${name}: success over ${releases.length} release${releases.length === 1 ? '' : 's'}`
  const parts = [
    `<rect class="back" width="${width}" height="${height}"/>`,
    label(left, 24, fitted(title, Math.floor((width - left) / 8)), 'start', 'title'),
    ...gridOf(floor, y, width),
    ...boundsOf(releases.at(-1)?.report, y, width),
    path(
      releases.flatMap(({ report: { success } }, index) =>
        success.rate === null ? [] : [[x(index), y(success.rate)] as const],
      ),
      'course',
    ),
    ...releases.flatMap((release, index) => pointOf(release, releases[index - 1], x(index), y, room)),
  ]
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}"><style>${style}</style>${parts.join('')}</svg>\n`
}

function gridOf(floor: number, y: (rate: number) => number, width: number): string[] {
  const lines: string[] = []
  for (let tenth = Math.round(floor * 10); tenth <= 10; tenth++) {
    lines.push(line(left, y(tenth / 10), width - right, y(tenth / 10), 'grid'))
    lines.push(label(left - 8, y(tenth / 10) + 4, `${tenth * 10} %`, 'end'))
  }
  return lines
}

function boundsOf(report: GateReport | undefined, y: (rate: number) => number, width: number): string[] {
  if (report === undefined) return []
  return (['good', 'bad'] as const).flatMap((bound) => [
    line(left, y(report.design[bound]), width - right, y(report.design[bound]), 'bound'),
    label(
      width - right + 6,
      y(report.design[bound]) + 4,
      `${bound} ${percent(report.design[bound])}`,
      'start',
    ),
  ])
}

/** A circle passes, a square fails, a diamond does not tell: not by colour alone. */
function pointOf(
  { label: release, report }: Release,
  before: Release | undefined,
  x: number,
  y: (rate: number) => number,
  room: number,
): string[] {
  const { success, verdict } = report
  const changes = changesOf(report, before?.report)
  const said = `${release}: ${verdict}, ${success.rate === null ? 'nothing tried' : percent(success.rate)}, 95 % interval ${percentRange(success.low, success.high)}${changes.map((change) => `, ${change}`).join('')}`
  const at = y(success.rate ?? 0)
  const shapes = {
    pass: `<circle class="pass" cx="${px(x)}" cy="${px(at)}" r="5.5"/>`,
    fail: `<rect class="fail" x="${px(x - 5)}" y="${px(at - 5)}" width="10" height="10"/>`,
    inconclusive: `<path class="inconclusive" d="M${px(x)} ${px(at - 7)}l7 7l-7 7l-7 -7z"/>`,
  }
  const turn = height - bottom + 14
  return [
    ...(changes.length === 0
      ? []
      : [
          line(x - room / 2, top, x - room / 2, height - bottom, 'change'),
          label(x - room / 2 + 4, height - bottom - 6, changes.join(', '), 'start'),
        ]),
    line(x, y(success.low), x, y(success.high), 'whisker'),
    ...(success.rate === null ? [] : [shapes[verdict]]),
    `<g transform="translate(${px(x)} ${turn}) rotate(-28)">${label(0, 0, fitted(plainText(release), 14), 'end')}</g>`,
    // Last, so that it is what the pointer finds.
    `<rect x="${px(x - room / 2)}" y="${top}" width="${px(room)}" height="${height - top - bottom}" fill="transparent"><title>${escaped(said)}</title></rect>`,
  ]
}
