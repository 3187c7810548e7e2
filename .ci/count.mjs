// Adds up what ran, from the reports that the tools themselves wrote, and ends with the count. Plain JavaScript
// for any Node: if the installation failed, there is only the machine's own.
// Arguments: the steps of ./run, each as name:exit code:seconds.

import { readdirSync, readFileSync } from 'node:fs'

const read = (path) => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

const turboSummary = () => {
  try {
    return read(`.turbo/runs/${readdirSync('.turbo/runs')[0]}`)
  } catch {
    return undefined
  }
}

const count = { passed: 0, failed: 0 }

// `inside` is what failed within it and is counted there: one fault is not two.
const report = (name, ok, text, inside = 0) => {
  if (ok) count.passed++
  else if (inside === 0) count.failed++
  console.log(`${ok ? 'passed' : 'FAILED'}  ${name.padEnd(30)} ${text}`)
}

const countTests = (path) => {
  const tests = read(path)
  if (!tests) return 0
  // A file that cannot even be loaded has no tests that could fail.
  const unloadable = tests.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.length,
  )
  const failed = tests.numFailedTests + unloadable.length
  count.passed += tests.numPassedTests
  count.failed += failed
  console.log(`        ${path.padEnd(30)} ${tests.numPassedTests} tests passed, ${failed} failed`)
  return failed
}

const countTasks = (packageTestsFailed) => {
  let failed = 0
  for (const { taskId, execution, cache } of turboSummary()?.tasks ?? []) {
    const ok = execution?.exitCode === 0
    if (!ok) failed++
    report(
      taskId.replace('//#', '').replace('#', ' '),
      ok,
      !execution
        ? 'did not run, because what it needs failed'
        : cache.status === 'HIT'
          ? 'unchanged since it passed'
          : `${((execution.endTime - execution.startTime) / 1000).toFixed(1)} s`,
      taskId === '//#test:package' ? packageTestsFailed : 0,
    )
  }
  return failed
}

const failedTests = countTests('coverage/tests.json')
const inside = { test: failedTests, check: countTasks(countTests('coverage/package-tests.json')) }

for (const [name, code, seconds] of process.argv.slice(2).map((step) => step.split(':'))) {
  report(name, code === '0', `${seconds} s`, inside[name])
}

console.log(`\n${count.passed} passed, ${count.failed} failed`)
process.exitCode = count.failed === 0 ? 0 : 1
