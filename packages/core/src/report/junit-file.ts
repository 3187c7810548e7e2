import { escaped } from './picture/svg.ts'

/** One test case of a JUnit file. */
export interface TestCase {
  readonly group: string
  readonly name: string
  readonly timeMs: number
  readonly failure?: { readonly type: string; readonly message: string } | undefined
  readonly skipped?: boolean
}

/** A JUnit file of one suite, as CI systems read it. Times are in seconds. */
export function junitFile(suite: string, durationMs: number, cases: readonly TestCase[]): string {
  const failed = cases.filter(({ failure }) => failure !== undefined).length
  const skipped = cases.filter((one) => one.skipped).length
  const counts = `tests="${cases.length}" failures="${failed}" errors="0" skipped="${skipped}" time="${seconds(durationMs)}"`
  const name = xml(suite)
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="kilostep" ${counts}>
  <testsuite name="${name}" ${counts}>
${cases.map((one) => `    ${caseXml(one, name)}`).join('\n')}
  </testsuite>
</testsuites>
`
}

function caseXml({ group, name, timeMs, failure, skipped }: TestCase, suite: string): string {
  const start = `<testcase classname="${suite}.${xml(group)}" name="${xml(name)}" time="${seconds(timeMs)}"`
  if (skipped) return `${start}><skipped/></testcase>`
  if (failure === undefined) return `${start}/>`
  const message = xml(failure.message)
  return `${start}><failure type="${xml(failure.type)}" message="${message}">${message}</failure></testcase>`
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3)
}

// What XML 1.0 cannot hold at all, escaped or not: halves of surrogate pairs, and two characters that are none.
const notXml = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|[\ufffe\uffff]/g

function xml(text: string): string {
  return escaped(text.replaceAll(notXml, '\ufffd'))
}
