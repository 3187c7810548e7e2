import { count, counted, percent } from './numbers.ts'
import type { RunReport } from './report.ts'

/** One plain sentence: what happened, and what to do next. */
export function summaryOf(report: Omit<RunReport, 'summary'>): string {
  return `${happened(report)}${next(report)}`
}

function happened(report: Omit<RunReport, 'summary'>): string {
  const { status, subtasks: s, success, attempts } = report
  if (status === 'running')
    return `${count(s.succeeded)} of ${counted(s.planned, 'subtask')} have succeeded so far`
  if (status === 'cancelled')
    return `The run was cancelled after ${count(s.succeeded)} of ${counted(s.planned, 'subtask')}`
  const bad = s.planned - (s.superseded ?? 0) - s.succeeded
  if (bad > 0 || status === 'failed') {
    return `${count(s.succeeded)} of ${counted(s.planned, 'subtask')} succeeded, so that the whole is not right`
  }
  const wrong = report.audits?.wrong ?? 0
  if (wrong > 0) return `Everything succeeded, but audits found ${counted(wrong, 'accepted answer')} wrong`
  // A map is a subtask without an attempt of its own.
  const tried = report.attemptsEach.reduce((sum, { subtasks }) => sum + subtasks, 0)
  const each = tried === 0 ? 0 : attempts.started / tried
  const chance =
    success.unjudged.length > 0
      ? `nobody knows how many answers of ${success.unjudged.join(', ')} are right`
      : `all are right with a probability of ${percent(success.predicted)}`
  const all = s.planned === 1 ? 'The one subtask' : `All ${counted(s.planned, 'subtask')}`
  return `${all} succeeded at ${each.toFixed(2)} attempts each, and ${chance}`
}

function next({ status, success, subtasks, audits, failures }: Omit<RunReport, 'summary'>): string {
  if (status === 'running') return '.'
  if (status === 'cancelled') return '; resume it, or start it anew.'
  const [failed] = failures
  if (subtasks.failed > 0 && failed !== undefined)
    return `; look at "${failed.subtask}" first: ${failed.message}`
  const [weakest] = success.weakest
  if ((audits?.wrong ?? 0) > 0) return '; correct them, and have more of the answers judged.'
  if (success.unjudged.length > 0) return `; add verify, a check or a vote to ${success.unjudged[0]}.`
  if (success.targetMet === false) {
    const name = weakest === undefined ? 'what is voted on' : weakest.kind
    return `, short of the target of ${percent(success.target ?? 0)}; give ${name} a verifier or a stronger worker.`
  }
  if (success.voted.length > 0 && audits === null)
    return '; audit a share of the answers to know that votes see it right.'
  return success.targetMet === true
    ? `, as the target of ${percent(success.target ?? 0)} asks; nothing is left to do.`
    : '; nothing is left to do.'
}
