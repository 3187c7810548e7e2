import { ask, defineModel } from '@kilostep/ai'
import { modelServer } from '@kilostep/testing'

/*
 * 1,000 calls at once against a server that lets R requests and T tokens through in any stretch of time, and counts
 * both as a provider does: whether ours is ever above, and how much of what is allowed it uses.
 * `npm run bench:limits`; `npm run bench:limits -- 60000` for whole minutes, which takes three of them.
 */
const perMs = Number(process.argv[2] ?? 5_000)
const calls = 1_000

for (const limits of [
  { requests: 250, tokens: 1_000_000 },
  { requests: 1_000_000, tokens: 22_000 },
]) {
  await using server = await modelServer({
    answer: 'x'.repeat(200),
    latencyMs: 20,
    limits: { ...limits, perMs },
  })
  const ends: { at: number; tokens: number }[] = []
  const startedAt = performance.now()
  const model = defineModel(`${server.url}#sim`, {
    maxInputTokens: 400,
    maxOutputTokens: 60,
    limits: { ...limits, perMs, slackMs: perMs / 2 },
    onCall: ({ inputTokens, outputTokens }) =>
      ends.push({ at: performance.now() - startedAt, tokens: inputTokens + outputTokens }),
  })
  const account = { signal: new AbortController().signal, spend: () => undefined }
  const call = (n: number): Promise<unknown> =>
    ask({ model, account, instructions: 'Say something.', prompt: `call ${n}` })
  await Promise.all(Array.from({ length: calls }, (_, n) => call(n)))

  const whole = Math.floor(Math.max(...ends.map(({ at }) => at)) / perMs)
  const inside = ends.filter(({ at }) => at < whole * perMs)
  const byRequests = limits.requests < calls
  const used = byRequests ? inside.length : inside.reduce((sum, { tokens }) => sum + tokens, 0)
  const allowed = whole * (byRequests ? limits.requests : limits.tokens)
  const what = byRequests ? `${limits.requests} requests` : `${limits.tokens} tokens`
  process.stdout.write(
    `${calls} calls under ${what} in any ${perMs} ms: ` +
      `the most that the server counted is ${byRequests ? server.peak.requests : server.peak.tokens}, ` +
      `it turned ${server.tally.limited} away, and ${((100 * used) / allowed).toFixed(1)} % of what ${whole} stretches allow was used\n`,
  )
}
