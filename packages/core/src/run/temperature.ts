import { policyOf, type RunState } from './state.ts'

/**
 * The temperature at which the policy wants a sample of the node to be asked for: votes count from the first that its
 * present worker gives, and the last one said holds for all that follow. Undefined where none is said.
 */
export function temperatureOf(state: RunState, node: number, sample: number): number | undefined {
  const temperatures = policyOf(state, node).vote?.temperatures
  if (temperatures == null) return undefined
  const before = state.escalated.size === 0 ? 0 : (state.escalated.get(node)?.samples ?? 0)
  return temperatures[Math.min(Math.max(1, sample - before), temperatures.length) - 1]
}
