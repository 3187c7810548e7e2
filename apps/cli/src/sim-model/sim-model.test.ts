import { describe, expect, test } from 'vitest'
import { ran, temporaryFolder } from '../testing/fake-io.ts'

async function ask(url: string, content: string): Promise<{ status: number; text: string | undefined }> {
  const response = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'sim', messages: [{ role: 'user', content }] }),
  })
  const body = (await response.json()) as { choices?: { message: { content: string } }[] }
  return { status: response.status, text: body.choices?.[0]?.message.content }
}

/** Serves with these arguments until all was asked; what it printed, and what was answered. */
async function served(args: readonly string[], questions: readonly string[], folder = '.') {
  let interrupt: () => void = () => undefined
  let url: (text: string) => void = () => undefined
  const where = new Promise<string>((resolve) => {
    url = resolve
  })
  const running = ran(['sim-model', '--port', '0', '--json', ...args], {
    folder,
    onStart: (press) => {
      interrupt = press
    },
    onStdout: (text) => url((JSON.parse(text) as { url: string }).url),
  })
  const address = await Promise.race([where, running.then(({ stderr }) => Promise.reject(new Error(stderr)))])
  const said: Awaited<ReturnType<typeof ask>>[] = []
  for (const question of questions) said.push(await ask(address, question))
  interrupt()
  const { code, stdout } = await running
  return { code, said, tally: JSON.parse(stdout.split('\n')[1] ?? '') as Record<string, unknown> }
}

describe('kilostep sim-model', () => {
  test('serves until it is interrupted, and says what it did', async () => {
    const { code, said, tally } = await served([], ['hello'])
    expect(code).toBe(0)
    expect(said[0]?.text).toContain('simulated answer')
    expect(tally).toMatchObject({ requests: 1, answered: 1, wrong: 0 })
  })

  test('says what a file holds', async () => {
    using folder = temporaryFolder({
      'answers.json': '["one", { "n": 2 }, { "fault": "server-error" }]',
      'answers.ts': 'export default ({ prompt }: { prompt: string }) => prompt.toUpperCase()',
    })
    const list = await served(['--answers', 'answers.json'], ['a', 'b', 'c'], folder.path)
    expect(list.said).toMatchObject([{ text: 'one' }, { text: '{"n":2}' }, { status: 500 }])
    const code = await served(['--answers', 'answers.ts'], ['loud'], folder.path)
    expect(code.said[0]?.text).toBe('LOUD')
  })

  test('is as wrong and as unreliable as it is told to be', async () => {
    const questions = Array.from({ length: 40 }, (_, n) => `${n}`)
    const { tally } = await served(['--right', '50%', '--fault', 'overloaded=0.3', '--seed', '4'], questions)
    const { wrong, faults } = tally as { wrong: number; faults: { overloaded: number } }
    expect(wrong).toBeGreaterThan(5)
    expect(faults.overloaded).toBeGreaterThan(4)
    expect((await served(['--rpm', '3'], ['a', 'b', 'c', 'd'])).tally).toMatchObject({
      limited: 1,
      answered: 3,
    })
  })

  test('what makes no sense is told at once, with every fault', async () => {
    const { code, stderr } = await ran(['sim-model', '--right', '2', '--fault', 'explode=1', '--port', 'x'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/--port[\s\S]*--right[\s\S]*--fault/)
    const missing = await ran(['sim-model', '--port', '0', '--answers', 'none.json'])
    expect([missing.code, missing.stderr]).toEqual([
      2,
      expect.stringContaining('There is no file "none.json"'),
    ])
  })
})
