import { nodeOf } from '@kilostep/core'
import type { Run } from 'kilostep'
import type { World } from './world.ts'

/** Somebody who has been asked says something: no, yes, or the answer. */
export function decideSomehow(
  world: World,
  run: Run,
  subtask: string,
  awaited: 'approval' | 'answer' | 'unsure',
): void {
  const at = world.random.uniform()
  const check = run.state.graph.isCheck[nodeOf(run.state.graph, subtask) as number] === 1
  world.log(`somebody decides on ${subtask}`)
  if (at < 0.2) run.decide(subtask, { reject: 'no' })
  else if (at < 0.7 && awaited !== 'answer') run.decide(subtask, { approve: true })
  else run.decide(subtask, { answer: check ? true : { v: 1, list: [1] } })
}
