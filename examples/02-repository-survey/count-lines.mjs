// Answers how many lines the file in INPUT_FILE has.
import { readFileSync } from 'node:fs'

const text = readFileSync(process.env.INPUT_FILE ?? '', 'utf8')
process.stdout.write(String(text.split('\n').length - 1))
