import { describe, expect, it } from 'vitest'
import { readReply } from './read-reply.ts'

const plan = {
  kilostep: 1,
  name: 'p',
  subtasks: [
    { id: 'a{"', worker: 'w' },
    { id: 'b', worker: 'w' },
  ],
}
const json = JSON.stringify(plan)
const pretty = JSON.stringify(plan, null, 2)
const other = json.replace('"b"', '"c"')

describe('readReply', () => {
  it.each([
    ['alone', json],
    ['with spacing and a byte order mark', `\uFEFF\n ${pretty}\n`],
    ['in a fence', `\`\`\`json\n${pretty}\n\`\`\``],
    ['in a fence that is not closed', `\`\`\`json\n${pretty}`],
    ['with prose around it', `Sure! Here is "the plan":\n${pretty}\nI hope {this} helps.`],
    ['behind a brace in prose', `Fill in {name} and {a and b: ${json}`],
    ['behind a smaller object', `An item is {"id": "x"}. ${json}`],
    ['within braces that are no JSON', `{ the plan: ${json} }`],
    ['said twice', `${json}\nso again:\n${pretty}`],
    ['in an envelope', `{"plan": ${json}}`],
    ['in an envelope with thoughts', `{"thoughts": "hm", "plan": ${json}}`],
  ])('finds the plan %s', (_, reply) => {
    expect(readReply(reply)).toEqual({ value: plan, faults: [] })
  })

  it.each([
    ['no-json', ''],
    ['no-json', 'I cannot do that.'],
    ['no-json', '[1, 2]'],
    ['no-json', 'null'],
    ['no-json', undefined],
    ['cut', json.slice(0, -1)],
    ['cut', `\`\`\`json\n${pretty.slice(0, 70)}`],
    ['cut', `Here: ${json.slice(0, 60)}`],
    ['cut', `{"thoughts": "hm", "plan": ${json}`],
    ['malformed', json.replace(']}', ',]}')],
    ['malformed', "{'subtasks': [{'id': 'a', 'input': {}}]}"],
    ['malformed', json.replaceAll('"', '')],
    ['several', `${json} or rather ${other}`],
    ['several', '{"a": 1} {"a": 2}'],
    ['repeated-key', json.replace('"name"', '"subtasks": [], "name"')],
    ['repeated-key', `Here: ${json.replace('"id":"b"', '"id":"b", "id" : "c"')}`],
    ['hostile-key', json.replace('"worker"', '"__proto__": {"worker": 1}, "worker"')],
    ['hostile-key', json.replace('"worker"', '"\\u005f_proto__": 1, "worker"')],
    ['too-long', ' '.repeat(4_000_001)],
  ])('refuses with %s', (code, reply) => {
    const { value, faults } = readReply(reply)
    expect(faults.map((fault) => fault.code)).toEqual([code])
    expect(value).toBeUndefined()
  })

  it('cuts nothing short of the whole plan, wherever the reply stops', () => {
    for (const whole of [json, pretty, `Well: ${pretty}`]) {
      for (let length = 0; length < whole.length; length++)
        expect(readReply(whole.slice(0, length)).faults).toHaveLength(1)
    }
  })

  it('takes an object without the key where there is only one', () => {
    expect(readReply('Verdict: {"accept": true}').value).toEqual({ accept: true })
    expect(readReply('{"accept": true} {"why": 1}', { key: 'accept' }).value).toEqual({ accept: true })
  })

  it.each([
    '{'.repeat(1_000_000),
    '{"'.repeat(1_000_000),
    '{"a":'.repeat(700_000),
    `${'{"a":'.repeat(300_000)}1${'}'.repeat(300_000)}`,
    '{}'.repeat(1_000_000),
    '{x}'.repeat(1_000_000),
    `{"a":"${'\\"'.repeat(1_900_000)}`,
    `{"a":"${'\\\\'.repeat(900_000)}"}`,
  ])('reads a hostile reply once: %.12s', (reply) => {
    expect(readReply(reply).faults.length).toBeLessThanOrEqual(1)
  })
})
