/** What the command line says, for every table. */
export interface Settings {
  readonly seed: string
  /** Attempts in flight, or 'N' for as many as there are subtasks; undefined: what the table does by itself. */
  readonly concurrency: number | 'N' | undefined
  /** Plans a row; undefined: what the table does by itself. */
  readonly plans: number | undefined
  /** Everything, however long it takes. */
  readonly full: boolean
  /** A file of recorded answers for table 6; undefined: the shared one. */
  readonly outcomes: string | undefined
  /** Says what is being done, on the error stream. */
  readonly say: (line: string) => void
}

/** A finished table: rows of figures as they are, with how each column is shown. */
export interface Table {
  readonly name: string
  readonly title: string
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  /** What must be known to read it. */
  readonly notes: readonly string[]
}

export type Row = Readonly<{ [column: string]: string | number | boolean | null }>

export interface Column {
  readonly key: string
  readonly head: string
  /** Digits after the point, for figures. */
  readonly digits?: number
}

export type MakeTable = (settings: Settings) => Promise<Table>

/** How many may be in flight in a row over `subtasks` subtasks, as a number and as it is shown. */
export function widths(
  settings: Settings,
  subtasks: number,
  own: readonly (number | 'N')[],
): readonly Width[] {
  const list = settings.concurrency === undefined ? own : [settings.concurrency]
  return list.map((width) => ({ shown: String(width), concurrency: width === 'N' ? subtasks : width }))
}

export interface Width {
  readonly shown: string
  readonly concurrency: number
}

/** The table as lines of text: a Markdown table. */
export function tableText({ columns, rows, title, notes }: Table): string {
  const cells = rows.map((row) => columns.map((column) => cell(row[column.key], column.digits)))
  const wide = columns.map(({ head }, i) =>
    Math.max(head.length, 3, ...cells.map((row) => row[i]?.length ?? 0)),
  )
  const figures = columns.map(({ key }) => rows.some((row) => typeof row[key] === 'number'))
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text, i) => (figures[i] ? text.padStart(wide[i] ?? 0) : text.padEnd(wide[i] ?? 0))).join(' | ')} |`
  const rule = wide.map((width, i) => (figures[i] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)))
  return [
    `## ${title}`,
    '',
    line(columns.map(({ head }) => head)),
    `| ${rule.join(' | ')} |`,
    ...cells.map(line),
    '',
    ...notes,
  ].join('\n')
}

function cell(value: Row[string] | undefined, digits: number | undefined): string {
  if (value === undefined || value === null) return '–'
  if (typeof value === 'boolean') return value ? 'yes' : '**no**'
  if (typeof value === 'string') return value
  return value.toLocaleString('en-GB', {
    minimumFractionDigits: digits ?? 0,
    maximumFractionDigits: digits ?? 0,
  })
}
